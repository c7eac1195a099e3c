// A call tried in the browser: keys and words go to a menu as it stands on the screen, prompts are heard.

export function tryCall(options, connection, text) {
  const by = (id) => document.getElementById(id);
  const log = by("menu-call-log");
  const words = by("menu-call-words");
  const sound = new Audio();
  let call = "";
  let queue = [];

  function say(line, kind) {
    const item = document.createElement("p");
    item.className = `hl-call-${kind}`;
    item.textContent = line;
    log.append(item);
    log.scrollTop = log.scrollHeight;
  }

  function next() {
    const one = queue.shift();
    if (!one || !by("menu-call-sound").checked) return;
    sound.src = `/prompts/sound/${one[0]}/${one[1]}`;
    sound.play().catch(next); // one without a sound is passed over, as in a call
  }
  sound.addEventListener("ended", next);
  sound.addEventListener("error", next);

  function quiet() {
    queue = [];
    sound.pause();
  }

  function turn(found) {
    for (const line of found.said) say(line, "hotline");
    queue.push(...found.sounds);
    if (sound.paused || sound.ended) next();
    if (found.outcome !== null) {
      say(options.words.over.replace("{}", found.outcome), "note");
      call = "";
    }
    enable();
  }

  function enable() {
    for (const one of document.querySelectorAll("[data-call]")) one.disabled = !call;
  }

  async function begin() {
    quiet();
    log.replaceChildren();
    try {
      const found = await connection.post("/menus/calls", {
        file: options.file,
        text: text(),
        caller: by("menu-call-caller").value,
      });
      call = found.call;
      turn(found);
      words.focus();
    } catch (error) {
      say(error.message, "note");
    }
  }

  async function answer(line) {
    if (!call) return;
    quiet();
    if (line) say(line, "caller");
    try {
      turn(await connection.post(`/menus/calls/${call}`, { line }));
    } catch (error) {
      say(error.message, "note");
      call = "";
      enable();
    }
  }

  by("menu-call-begin").addEventListener("click", begin);
  by("menu-call-hangup").addEventListener("click", () => answer(null));
  by("menu-call-silence").addEventListener("click", () => answer(""));
  by("menu-call-sound").addEventListener("change", () => (by("menu-call-sound").checked ? next() : sound.pause()));
  by("menu-call-form").addEventListener("submit", (event) => {
    event.preventDefault();
    answer(words.value.trim());
    words.value = "";
  });
  for (const key of document.querySelectorAll("[data-key]"))
    key.addEventListener("click", () => answer(key.dataset.key));
  enable();
}
