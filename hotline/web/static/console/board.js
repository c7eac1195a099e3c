// The live board: calls in progress, queues, operators, trunks, what is red, how the day goes.
import { at, begin, clock, get, keysOf, knows, make, rows, say, watch } from "./live.js";

let supervises = false;
let me = "";
const PRESENCE_ORDER = ["ringing", "talking", "wrap_up", "ready", "paused", "signed_out"];
const STAGE_ORDER = ["waiting", "ringing", "menu", "talking", "connected", "parked", "transferred"];

function tiles(changed) {
  if (!changed.has("tiles")) return;
  const found = get("tiles") ?? {};
  for (const [name, value] of Object.entries(found)) {
    const tile = at(`tile-${name}`);
    if (!tile) continue;
    tile.firstElementChild.textContent = value.text;
    tile.dataset.tone = value.tone ?? "";
    tile.lastElementChild.textContent = value.under ?? "";
  }
}

function call(key, one) {
  const line = make("tr", "", { "data-stage": one.stage, class: one.em ? "red" : "" });
  const stage = say(`stage_${one.phase || one.stage}`);
  const where = [one.em ? say("emergency") : "", one.queue || one.step || (knows(`purpose_${one.purpose}`) ? say(`purpose_${one.purpose}`) : one.purpose), one.ops?.length ? `☎ ${one.ops.join(" ")}` : ""];
  const who = make("th", one.number || say("withheld"), { scope: "row" });
  const way = make("td", say(one.dir === "inbound" ? "in" : "out"));
  const state = make("td", stage);
  if (supervises && one.stage === "waiting") state.append(" ", takeButton(key.slice("call:".length), one));
  const more = make("td", where.filter(Boolean).join(" · "));
  const held = make("td", "", { class: "num" });
  held.append(clock(one.since));
  const whole = make("td", "", { class: "num" });
  whole.append(clock(one.began));
  line.append(who, way, state, more, make("td", one.op ? say("operator", { number: one.op }) : ""), held, whole);
  return line;
}

function calls(changed) {
  const found = keysOf("call").map((key) => [key, get(key)]);
  const order = (one) => STAGE_ORDER.indexOf(one.stage);
  found.sort(([, a], [, b]) => order(a) - order(b) || a.began - b.began);
  rows(at("calls"), found.map(([key]) => key), changed, call);
  at("no-calls").hidden = found.length > 0;
}

// Whoever supervises takes any caller who waits, at their own line.
function takeButton(leg, one) {
  const text = say("take");
  const button = make("button", text, { type: "button" });
  button.setAttribute("aria-label", `${text} ${one.number || say("withheld")} ${one.queue}`);
  button.onclick = () => emitEvent("live_do", { action: "take", leg });
  return button;
}

function order(action, one) {
  emitEvent("live_do", { action, operator: one.number, estate: one.estate });
}

function operator(key, one) {
  const line = make("tr", "", { "data-presence": one.presence });
  line.append(make("th", `${one.number} ${one.name}`, { scope: "row" }));
  const state = make("td");
  state.append(make("span", say(`presence_${one.presence}`), { class: `lamp ${one.presence}` }));
  const why = knows(`reason_${one.reason}`) ? say(`reason_${one.reason}`) : one.reason;
  if (why) state.append(` ${why}`);
  const since = make("td", "", { class: "num" });
  if (one.since) since.append(clock(one.since));
  const deeds = make("td", "", { class: "deeds" });
  if (one.number === me) deeds.append(...own(one));
  else if (supervises) deeds.append(...others(one));
  line.append(state, make("td", one.phase ? say(`stage_${one.phase}`) : ""), since, deeds);
  return line;
}

function button(action, one, label = action) {
  const text = say(label);
  return make("button", text, {
    type: "button", "aria-label": `${text} ${one.number} ${one.name}`, onclick: () => order(action, one),
  });
}

function own(one) {
  if (one.presence === "signed_out") return supervises ? [button("sign_in", one)] : [];
  return one.hears ? [button("leave", one, "stop_listening")] : [];
}

function others(one) {
  if (one.presence === "talking") return ["listen", "whisper", "barge"].map((mode) => button(mode, one));
  if (one.presence === "signed_out") return [];
  const found = one.presence === "ready" || one.presence === "ringing" ? [] : [button("ready", one)];
  if (one.presence !== "paused") found.push(button("pause", one));
  return [...found, button("sign_out", one)];
}

function operators(changed) {
  const found = keysOf("op").map((key) => [key, get(key)]);
  const place = (one) => PRESENCE_ORDER.indexOf(one.presence);
  found.sort(([, a], [, b]) => place(a) - place(b) || a.number.localeCompare(b.number));
  rows(at("operators"), found.map(([key]) => key), changed, operator);
}

function queue(key, one) {
  const line = make("tr", "", { "data-waiting": one.waiting });
  const longest = make("td", "", { class: "num" });
  if (one.oldest) longest.append(clock(one.oldest));
  line.append(
    make("th", one.queue, { scope: "row" }), make("td", String(one.waiting), { class: "num" }), longest,
    make("td", `${one.ready}/${one.there}`, { class: "num" }),
  );
  return line;
}

function trunk(key, one) {
  const line = make("tr", "", { class: one.state === "failed" ? "red" : "" });
  const state = make("td", say(`trunk_${one.state}`));
  line.append(make("th", one.name, { scope: "row" }), state, make("td", one.why));
  return line;
}

function red(key, one) {
  const line = make("li");
  const text = `${say(`red_${one.kind}`)} ${one.text || one.id}`;
  const where = { ticket: `/tickets/${encodeURIComponent(one.id)}`, wakeup: "/wakeups", alarm: "" }[one.kind];
  const name = one.kind === "alarm" && knows(`alarm_${one.id}`) ? say(`alarm_${one.id}`) : text;
  line.append(where ? make("a", name, { href: where }) : make("b", name));
  const about = knows(`roster_${one.text}`) ? say(`roster_${one.text}`) : one.text;
  const state = knows(`state_${one.state}`) ? say(`state_${one.state}`) : one.kind === "alarm" ? about : one.state;
  line.append(make("span", ` ${state} `), clock(one.at));
  return line;
}

function show(changed) {
  at("replaced").hidden = get("link") !== false;
  tiles(changed);
  calls(changed);
  operators(changed);
  rows(at("queues"), keysOf("queue").sort(), changed, queue);
  rows(at("trunks"), keysOf("trunk").sort(), changed, trunk);
  rows(at("red"), keysOf("red").sort((a, b) => get(a).at - get(b).at), changed, red);
  at("no-red").hidden = keysOf("red").length > 0;
}

watch(show);
begin("board", () => {
  supervises = at("board").dataset.supervises === "yes";
  me = at("board").dataset.me;
});
