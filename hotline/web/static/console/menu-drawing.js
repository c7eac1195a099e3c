// The menu's drawing, following the text: of the whole menu, or of what is around the step at the cursor.

export function drawing(options, connection, text, stepAtCursor, goTo) {
  const place = document.getElementById("menu-drawing");
  const note = document.getElementById("menu-drawing-note");
  const whole = document.getElementById("menu-drawing-whole");
  let loaded = null;
  // half a megabyte of script: not before somebody looks at a drawing
  const mermaid = () => (loaded ||= import("nicegui-mermaid").then(({ mermaid }) => set(mermaid)));

  function set(mermaid) {
    mermaid.initialize({
      startOnLoad: false,
      securityLevel: "strict",
      maxTextSize: 1000000,
      maxEdges: 10000,
      flowchart: { useMaxWidth: false },
    });
    return mermaid;
  }

  let last = "";
  let count = 0;
  let busy = false;
  let again = false;

  async function draw() {
    if (place.closest("[hidden]")) return;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      const around = whole.checked ? "" : stepAtCursor();
      const found = await connection.post("/menus/drawing", { file: options.file, text: text(), around });
      if (found.drawing !== last) {
        if (!around) {
          note.textContent = options.words.drawingWhole;
          await painted(); // the layout of some hundred steps keeps the page busy for seconds
        }
        const { svg } = await (await mermaid()).render(`menu-drawing-${++count}`, found.drawing, bench());
        place.innerHTML = svg; // made by mermaid, which takes markup out of texts (securityLevel strict)
        last = found.drawing;
        label(place);
      }
      if (!around) show(stepAtCursor());
      note.textContent = around ? options.words.around.replace("{}", around) : "";
    } catch (error) {
      note.textContent = last ? options.words.drawnBefore : error.message;
    } finally {
      busy = false;
      if (again) {
        again = false;
        draw();
      }
    }
  }

  // mermaid measures every step and arrow: apart from the page's layout, or each measure lays out the editor anew
  function bench() {
    let made = document.getElementById("menu-drawing-bench");
    if (!made) {
      made = document.createElement("div");
      made.id = "menu-drawing-bench";
      made.setAttribute("aria-hidden", "true");
      made.style.cssText = "position:fixed;left:-9999px;top:0;width:4000px;height:4000px;contain:strict";
      document.body.append(made);
    }
    return made;
  }

  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

  // a whole menu is many screens wide: begin where the cursor is in the text
  function show(step) {
    const node = step && place.querySelector(`g.node[id*="-s_${CSS.escape(step)}-"]`);
    node?.scrollIntoView({ block: "center", inline: "center" });
  }

  function label(where) {
    const svg = where.querySelector("svg");
    svg.setAttribute("aria-label", options.words.drawing);
    svg.setAttribute("role", "img");
    svg.removeAttribute("aria-roledescription");
    for (const node of where.querySelectorAll("g.node")) {
      const step = /-s_([a-z0-9_]+)-\d+$/.exec(node.id);
      if (!step) continue;
      node.style.cursor = "pointer";
      node.addEventListener("click", () => goTo(step[1]));
    }
  }

  whole.addEventListener("change", draw);
  return draw;
}
