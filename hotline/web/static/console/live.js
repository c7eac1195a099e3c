// What live pages share: the sheet that the hotline pushes, clocks that run, elements made from words.
const words = JSON.parse(document.getElementById("hotline-words")?.textContent ?? "{}");
const sheet = new Map();
const watchers = [];
let skew = 0; // seconds that the hotline's clock is ahead of this one

export const at = (id) => document.getElementById(id);
export const say = (key, facts = {}) =>
  (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");
export const knows = (key) => key in words;
export const now = () => Date.now() / 1000 + skew;
export const get = (key) => sheet.get(key);

export function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  return `${hours ? `${hours}:` : ""}${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

export function make(tag, text = "", facts = {}) {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  for (const [name, value] of Object.entries(facts)) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element[name] = value;
    else element.setAttribute(name, value);
  }
  return element;
}

// A clock that counts up from an instant, or down to one; one timer runs them all.
export function clock(since, facts = {}) {
  const element = make("time", "", { class: "clock", ...facts });
  element.dataset.since = since;
  tickOne(element);
  return element;
}

function tickOne(element) {
  const since = Number(element.dataset.since);
  const text = since ? span(Math.abs(now() - since)) : "";
  if (element.textContent !== text) element.textContent = text;
}

// Called with the keys that changed; `whole` when everything was sent anew.
export function watch(show) {
  watchers.push(show);
}

export function keysOf(area) {
  return [...sheet.keys()].filter((key) => key.startsWith(`${area}:`));
}

// Keep one element a key in a container, in the order of `keys`; `build(key, value)` makes it when it changed.
export function rows(container, keys, changed, build) {
  const known = new Map([...container.children].map((one) => [one.dataset.key, one]));
  const wanted = keys.map((key) => {
    const before = known.get(key);
    if (before && !changed.has(key)) return before;
    const made = build(key, sheet.get(key));
    made.dataset.key = key;
    if (before) before.replaceWith(made);
    return made;
  });
  const same = wanted.length === container.children.length && wanted.every((one, i) => one === container.children[i]);
  if (!same) container.replaceChildren(...wanted);
}

function take({ whole, now: there, sheet: news }) {
  skew = there - Date.now() / 1000;
  const changed = new Set(Object.keys(news));
  if (whole) {
    for (const key of sheet.keys()) changed.add(key);
    sheet.clear();
  }
  for (const [key, value] of Object.entries(news)) {
    if (value === null) sheet.delete(key);
    else sheet.set(key, value);
  }
  document.body.dataset.live = sheet.get("link") === false ? "replaced" : "up";
  for (const show of watchers) show(changed, whole);
}

// Begin once the page's frame has put the element `id` there.
export function begin(id, setUp = () => {}) {
  if (!at(id)) {
    requestAnimationFrame(() => begin(id, setUp));
    return;
  }
  setUp();
  const early = window.hotlineEarly ?? [];
  window.hotlineLive = take;
  early.forEach(take);
  setInterval(() => document.querySelectorAll(".clock").forEach(tickOne), 1000);
}
