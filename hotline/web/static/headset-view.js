// What the page shows of its state; nothing here decides anything.
import { explain, knows, language, say } from "./headset-words.js";

export const at = (id) => document.getElementById(id);

const CARD = [
  "place", "topic", "name", "caller", "matter", "times", "ticket", "queue", "waited", "callback", "call_back",
  "language", "operator", "why",
];
const MAIN = new Set(["place", "topic"]);
const RENAMED = { ticket: "ticket_card", operator: "operator_card" };
const PRESENCE = {
  signed_out: "signed_out", ready: "presence_ready", paused: "paused", ringing: "ringing", talking: "talking",
  wrap_up: "wrap_up_state",
};
const REASONS = ["break", "meal", "paperwork", "training", "meeting"];

export function translate() {
  for (const element of document.querySelectorAll("[data-w]")) element.textContent = say(element.dataset.w);
  for (const element of document.querySelectorAll("[data-p]")) element.placeholder = say(element.dataset.p);
  at("language").textContent = language() === "zh" ? "English" : "中文";
  const chosen = at("pause-reason").value;
  const reasons = REASONS.map((reason) => new Option(say(`reason_${reason}`), reason));
  at("pause-reason").replaceChildren(...reasons);
  if (chosen) at("pause-reason").value = chosen;
}

export function show(state) {
  const body = document.body.dataset;
  body.line = state.line;
  body.sound = state.sound;
  body.call = state.talking ? "talking" : state.ringing ? "ringing" : "none";
  body.signed = state.signed ? "yes" : "no";
  at("who").textContent = state.operator
    ? say("operator", { number: state.operator, name: state.desk.name ?? "" })
    : "";
  at("text-line").textContent = state.signed ? say(`line_${state.line}`) : "";
  at("text-sound").textContent = state.signed ? say(`sound_${state.sound}`) : "";
  presence(state);
  call(state);
  buttons(state);
  clock(state);
}

function presence({ desk }) {
  at("presence").textContent = say(PRESENCE[desk.presence] ?? "signed_out");
  const reason = desk.reason ?? "";
  const key = `reason_${reason.replaceAll("-", "_")}`;
  at("reason").textContent = knows(key) ? say(key) : reason;
  const queues = (desk.queues ?? []).map((queue) => {
    const line = document.createElement("li");
    const waiting = document.createElement("b");
    waiting.textContent = say("waiting", { count: queue.waiting ?? 0 });
    waiting.className = queue.waiting ? "waits" : "";
    const more = document.createElement("small");
    more.textContent = [
      queue.waiting && queue.longest ? say("longest_wait", { span: span(queue.longest * 1000) }) : "",
      queue.there === undefined ? "" : say("ready_count", { ready: queue.ready ?? 0, there: queue.there }),
    ].filter(Boolean).join(" · ");
    line.append(String(queue.queue ?? ""), waiting, more);
    return line;
  });
  at("queues").replaceChildren(...queues);
}

function call(state) {
  const now = state.talking ?? state.ringing;
  at("call-state").textContent = say(state.talking ? "talking" : state.ringing ? "ringing" : "no_call");
  const facts = now?.card ?? {};
  const names = [...CARD.filter((name) => facts[name]), ...Object.keys(facts).filter((name) => !CARD.includes(name))];
  const rows = names.filter((name) => facts[name] && name !== "priority").flatMap((name) => {
    const term = document.createElement("dt");
    const value = document.createElement("dd");
    term.textContent = say(RENAMED[name] ?? name);
    value.textContent = worded(name, facts[name]);
    value.className = MAIN.has(name) ? "main" : "";
    return [term, value];
  });
  at("card").replaceChildren(...rows);
  at("talk").textContent = talk(state);
  document.title = state.ringing ? `☎ ${facts.place ?? facts.topic ?? say("ringing")}` : say("title");
}

function worded(name, fact) {
  if (name === "waited") return say("seconds", { n: fact });
  if (name === "why" && knows(`why_${fact}`)) return say(`why_${fact}`);
  if (name === "language" && knows(`language_${fact}`)) return say(`language_${fact}`);
  return name === "call_back" && fact === "yes" ? say("yes") : fact;
}

function talk({ desk, talking, parked }) {
  if (talking && desk.interrupted) return say("interrupted_now");
  if (talking && desk.conference) return say("conference_now", { name: desk.consulting });
  if (talking && desk.consulting) return say("consulting_now", { name: desk.consulting });
  if (talking && desk.held) return say("held_now");
  return parked ? say("parked_now", { slot: parked }) : "";
}

function buttons(state) {
  const { desk, talking, ringing } = state;
  const alone = Boolean(talking);
  at("ready").disabled = state.line !== "up" || (desk.presence === "ready" && state.sound === "up");
  at("pause").disabled = state.line !== "up" || desk.presence === "signed_out" || !desk.presence;
  at("pick-up").disabled = !ringing;
  at("hang-up").disabled = !ringing && !talking;
  at("hang-up").firstElementChild.textContent = say(ringing ? "decline" : "hang_up");
  at("mute").disabled = !talking;
  at("mute").classList.toggle("on", state.muted);
  at("mute-text").textContent = say(state.muted ? "unmute" : "mute");
  at("hold").disabled = !alone;
  at("hold").classList.toggle("on", Boolean(desk.held));
  at("hold-text").textContent = say(desk.held ? "resume" : "hold");
  const third = Boolean(desk.consulting);
  const usable = {
    consult: alone && !third, blind: alone && !third, dial: !alone && !ringing, complete: alone && third,
    cancel: alone && third, conference: alone && third && !desk.conference, leave: alone && Boolean(desk.conference),
    park: alone && !third, unpark: !alone && !ringing, send: alone && !third,
  };
  for (const button of document.querySelectorAll("[data-do]")) {
    button.disabled = state.line !== "up" || !usable[button.dataset.do];
  }
  for (const key of at("keypad").children) key.disabled = !talking;
  at("wrap-save").disabled = at("wrap-done").disabled = state.line !== "up";
  at("stop-listening").hidden = !desk.supervising;
}

export function clock(state) {
  const since = Date.parse(state.desk.since ?? "");
  at("since").textContent = since ? span(Date.now() - since) : "";
  at("call-time").textContent = state.talking?.since ? span(Date.now() - state.talking.since) : "";
}

function span(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (number) => String(number).padStart(2, "0");
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}

export function level(loudness) {
  at("level").style.width = `${Math.round(loudness * 100)}%`;
  at("level").parentElement.classList.toggle("loud", loudness > 0.95);
}

export function devices({ inputs, outputs }, chosen) {
  fill(at("microphone"), inputs, chosen.microphone);
  fill(at("speaker"), outputs, chosen.speaker);
  fill(at("ring-device"), outputs, chosen.ring);
  at("echo").checked = chosen.echo;
}

function fill(list, found, chosen) {
  const options = found.map((one, number) => new Option(one.label || `${number + 1}`, one.deviceId));
  list.replaceChildren(new Option(say("default_device"), ""), ...options);
  list.value = found.some((one) => one.deviceId === chosen) ? chosen : "";
}

export function team(operators, listen) {
  const lines = operators.map((one) => {
    const line = document.createElement("li");
    const text = document.createElement("span");
    text.textContent = `${one.number} ${one.name} · ${say(PRESENCE[one.presence] ?? one.presence)}`;
    line.append(text);
    for (const mode of one.presence === "talking" ? ["listen", "whisper", "barge"] : []) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = say(mode);
      button.onclick = () => listen(mode, one.number);
      line.append(button);
    }
    return line;
  });
  at("operators").replaceChildren(...lines);
}

export function note(text) {
  const line = document.createElement("li");
  const when = document.createElement("time");
  when.textContent = new Date().toLocaleTimeString(language() === "zh" ? "zh-CN" : "en-GB");
  line.append(when, text);
  at("log").prepend(line);
  while (at("log").children.length > 50) at("log").lastElementChild.remove();
}

// One sentence above everything, with one thing to do about it; nothing hides it.
export function notice(text, { action = "", then = null, quiet = false } = {}) {
  const place = at("notice");
  place.hidden = !text;
  place.className = quiet ? "quiet" : "";
  place.replaceChildren(text ?? "");
  if (text && action) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = say(action);
    button.onclick = then;
    place.append(button);
  }
}

export { explain };
