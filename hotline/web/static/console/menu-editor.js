// The editor of menus: stores what is typed, here and on the server, and shows what does not hold as it is typed.

import { tryCall } from "/console-static/menu-call.js";
import { drawing } from "/console-static/menu-drawing.js";
import { connection as connected } from "/console-static/menu-http.js";
import { completion, limit, marks } from "/console-static/menu-marks.js";

const QUIET = 400; // ms without a key before the text is looked at
const AGAIN = 5000; // ms until a text that could not be stored is sent once more
const options = JSON.parse(document.getElementById("menu-options").textContent);
const words = options.words;
const connection = connected(options);
const by = (id) => document.getElementById(id);

let view, CM, marked, draw;
let draft = options.draft; // null: only looked at
let version = options.version;
let stored = ""; // the text as the server has it
let timer = 0;
let resting = 0;
let sending = null;

const keptUnder = (number) => `hotline-menu-draft-${number}`;
const text = () => view.state.doc.toString();

function status(kind, sentence) {
  const place = by("menu-state");
  place.dataset.state = kind;
  place.textContent = sentence;
}

function keep() {
  if (draft === null || text() === stored) return;
  try {
    localStorage.setItem(keptUnder(draft), JSON.stringify({ text: text(), version, at: Date.now() }));
  } catch (error) {
    // full or forbidden: the server's copy is the one that counts
  }
}

function schedule(wait = QUIET) {
  clearTimeout(timer);
  timer = setTimeout(send, wait);
}

// Resolves when the text on the screen is on the server; false when it could not be stored.
async function send() {
  clearTimeout(timer);
  if (sending) await sending;
  sending = sendNow();
  try {
    return await sending;
  } finally {
    sending = null;
  }
}

async function sendNow() {
  const sent = text();
  const unsaved = draft !== null && sent !== stored;
  if (unsaved) status("saving", words.saving);
  try {
    const found = unsaved
      ? await connection.post(`/menus/drafts/${draft}`, { text: sent, version })
      : await connection.post("/menus/look", { file: options.file, text: sent });
    if (unsaved) saved(found, sent);
    if (text() === sent) look(found);
    else schedule();
    return true;
  } catch (error) {
    failed(error);
    return false;
  }
}

function saved(found, sent) {
  localStorage.removeItem(keptUnder(draft));
  stored = sent;
  version = found.version;
  if (found.beside) {
    draft = found.draft;
    history.replaceState(null, "", `/menus/drafts/${draft}`);
    const told = by("menu-beside");
    told.hidden = false;
    told.querySelector("span").textContent = words.beside
      .replace("{who}", found.by)
      .replace("{other}", found.beside)
      .replace("{own}", found.draft);
    told.querySelector("a").href = `/menus/drafts/${found.beside}`;
    by("menu-reload").hidden = false;
  }
  by("menu-stale").hidden = !found.stale;
  status("saved", words.saved.replace("{}", new Date().toLocaleTimeString()));
}

function failed(error) {
  keep();
  const again = error.code === "offline" || error.code === "failed" || error.code === "internal-error";
  const signIn = error.code === "session-ended" || error.code === "csrf";
  status("unsaved", signIn ? words.signIn : `${words.unsaved} ${error.message}`);
  if (again || signIn) schedule(AGAIN);
}

function look(found) {
  marked.show(view, found.problems);
  const list = by("menu-problems");
  list.replaceChildren(
    ...found.problems.map((problem) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = problem.warning ? "hl-problem hl-problem-warning" : "hl-problem";
      button.textContent = `${words.line.replace("{}", problem.line)} ${problem.message}`;
      if (problem.where) button.title = problem.where;
      button.addEventListener("click", () => goTo(problem.line));
      item.append(button);
      return item;
    }),
  );
  const mistakes = found.problems.filter((problem) => !problem.warning).length;
  const warnings = found.problems.length - mistakes;
  by("menu-count").textContent = mistakes
    ? words.mistakes.replace("{}", mistakes)
    : words.holds.replace("{}", found.steps) + (warnings ? ` ${words.warnings.replace("{}", warnings)}` : "");
  by("menu-count").dataset.holds = String(!mistakes);
  if (!mistakes && draw) draw();
}

function goTo(line) {
  const at = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines)).from;
  view.dispatch({ selection: { anchor: at }, effects: CM.EditorView.scrollIntoView(at, { y: "center" }) });
  view.focus();
}

function goToStep(step) {
  const lines = text().split("\n");
  const found = lines.findIndex((line) => new RegExp(`^\\s+["']?${step}["']?\\s*:`).test(line));
  if (found >= 0) goTo(found + 1);
}

// The step whose lines the cursor is in: the nearest key above at the steps' indentation.
function stepAtCursor() {
  const lines = text().split("\n");
  const begin = lines.findIndex((line) => /^steps\s*:/.test(line));
  const here = view.state.doc.lineAt(view.state.selection.main.head).number - 1;
  if (begin < 0) return "";
  const first = lines.slice(begin + 1).find((line) => /^\s+[^\s#]/.test(line)) || "  ";
  const indent = /^\s*/.exec(first)[0];
  const key = new RegExp(`^${indent}["']?([a-z][a-z0-9_]*)["']?\\s*:`);
  for (let at = Math.max(here, begin + 1); at > begin; at--) {
    const found = key.exec(lines[at] || "");
    if (found) return found[1];
  }
  return (key.exec(first) || [])[1] || "";
}

// The drawing shows what is around the step at the cursor: drawn anew when the cursor rests in another one.
function followCursor() {
  clearTimeout(resting);
  resting = setTimeout(() => draw && draw(), QUIET);
}

function tabs() {
  const all = [...document.querySelectorAll("#menu-tabs [role=tab]")];
  function choose(chosen) {
    for (const tab of all) {
      const is = tab === chosen;
      tab.setAttribute("aria-selected", String(is));
      tab.tabIndex = is ? 0 : -1;
      by(tab.getAttribute("aria-controls")).hidden = !is;
    }
    if (chosen.id === "menu-tab-drawing") draw();
  }
  all.forEach((tab, at) => {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = all[(at + step + all.length) % all.length];
      choose(next);
      next.focus();
    });
  });
}

// What was typed here and never reached the server: offered, never put over anything by itself.
function offerKept() {
  let kept = null;
  try {
    kept = JSON.parse(localStorage.getItem(keptUnder(draft)));
  } catch (error) {
    // not ours
  }
  if (!kept || typeof kept.text !== "string" || kept.text === text()) {
    localStorage.removeItem(keptUnder(draft));
    return;
  }
  const bar = by("menu-kept");
  bar.hidden = false;
  bar.querySelector("span").textContent = words.kept.replace("{}", new Date(kept.at).toLocaleString());
  by("menu-kept-take").addEventListener("click", () => {
    bar.hidden = true;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: kept.text } });
  });
  by("menu-kept-drop").addEventListener("click", () => {
    bar.hidden = true;
    localStorage.removeItem(keptUnder(draft));
  });
}

async function editorView() {
  for (;;) {
    const dom = document.querySelector("#menu-text .cm-editor");
    const found = dom && CM.EditorView.findFromDOM(dom);
    if (found) return found;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}

async function begin() {
  if (document.readyState === "loading")
    await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve));
  CM = await import("nicegui-codemirror");
  view = await editorView();
  stored = text();
  marked = marks(CM);
  const tooLarge = (size) => {
    const told = by("menu-too-large");
    told.hidden = false;
    told.querySelector("span").textContent = words.tooLarge.replace("{}", Math.round(size / 1000).toLocaleString());
  };
  view.dispatch({
    effects: CM.StateEffect.appendConfig.of([
      marked.extension,
      completion(CM, connection.post, options.file),
      limit(CM, options.most, tooLarge),
      CM.EditorView.updateListener.of((update) => {
        if (update.selectionSet && !update.docChanged) followCursor();
        if (!update.docChanged) return;
        by("menu-too-large").hidden = true;
        keep();
        schedule();
      }),
    ]),
  });
  draw = drawing(options, connection, text, stepAtCursor, goToStep);
  tabs();
  tryCall(options, connection, text);
  for (const button of document.querySelectorAll("[data-hides]"))
    button.addEventListener("click", () => (by(button.dataset.hides).hidden = true));
  window.hotlineMenu = { store: send, goTo, draft: () => draft };
  addEventListener("beforeunload", keep);
  if (draft !== null) offerKept();
  schedule(0);
}

begin();
