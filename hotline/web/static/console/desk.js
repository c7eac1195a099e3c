// The operator's desk: presence, queue, the call with its card, call keys, messages. The ticket is deskform.js,
// the sound of the browser deskheadset.js.
import { at, begin, clock, get, keysOf, knows, make, now, rows, say, span, watch } from "./live.js";
import { ask, notice, order } from "./deskapi.js";
import { fees, ticketList, word } from "./deskfacts.js";
import { Form } from "./deskform.js";
import { Headset } from "./deskheadset.js";
import { MessageForm } from "./deskmessage.js";

const SURVEY = "survey";
const PHASES = {
  talking: ["hold", "consult", "blind", "park", "send"],
  held: ["hold", "consult", "blind", "park", "send"],
  consulting: ["complete", "conference", "cancel"],
  conference: ["complete", "cancel", "leave"],
  transferring: ["cancel"],
};
const THIRD = new Set(["complete", "conference"]);
let form = null;
let headset = null;
let message = null;
let card = { leg: "" };
let asked = "";

const me = () => get("me") ?? { presence: "signed_out" };
const call = () => get("call") ?? { leg: "", how: "" };

// --- presence --------------------------------------------------------------------------------------

function presence() {
  const { presence: state, reason, afterwards, since, until, known } = me();
  at("presence").textContent = say(`presence_${state}`);
  at("presence").className = `lamp ${state}`;
  at("since").dataset.since = until ?? since ?? "";
  at("since").textContent = since ? span(Math.abs(now() - (until ?? since))) : "";
  const why = afterwards ? `→ ${word("reason", afterwards)}` : word("reason", reason ?? "");
  at("reason").textContent = known === false ? say("unknown_operator", { number: at("desk").dataset.number }) : why;
  at("ready").disabled = state === "ready" || state === "ringing" || known === false;
  at("pause").disabled = state === "signed_out";
  at("sign-out").disabled = state === "signed_out" || state === "talking";
}

async function done(action, args) {
  try {
    const found = await order(action, args);
    notice();
    return found;
  } catch (refused) {
    notice(refused.text);
    return null;
  }
}

async function ready() {
  if (!(await headset.comeUp())) return;
  await done("ready");
}

const pause = () => done("pause", { reason: at("pause-reason").value });

// --- the call --------------------------------------------------------------------------------------

function showCall(changed) {
  const { leg, how, since, began } = call();
  const state = me();
  at("call").dataset.how = how;
  const wrapping = state.presence === "wrap_up";
  const text = how === "talking" && knows(`stage_${state.phase}`) ? say(`stage_${state.phase}`) : say(`call_${how}`);
  at("call-state").textContent = how ? text : say(wrapping ? "call_wrap_up" : "no_call");
  at("call-time").dataset.since = how === "ringing" ? began : how ? since : "";
  at("call-time").textContent = how ? span(now() - (how === "ringing" ? began : since)) : "";
  document.title = how === "ringing" ? `☎ ${say("call_ringing")}` : at("desk").dataset.title;
  at("talk").textContent = talk(state, how);
  buttons(state, how);
  if (leg && leg !== asked) look(leg);
  if (leg) form.belongTo(leg);
  if (changed.has("lines")) lines();
  const { words } = call();
  at("words-state").textContent = how === "talking" && words ? say(`words_${words}`) : "";
}

function talk(state, how) {
  if (how === "ringing") return headset.on ? "" : say("answer_at_phone");
  if (how !== "talking") return "";
  if (state.interrupted) return say("interrupted_now");
  if (!state.consulting) return state.parked ? say("parked_in", { slot: state.parked }) : "";
  return `${say("consulting_now", { name: state.consulting })} · ${word("third", state.third)}`;
}

function buttons(state, how) {
  const may = new Set(how === "talking" ? PHASES[state.phase] ?? [] : []);
  if (!how) ["dial", "unpark"].forEach((one) => may.add(one));
  if (state.presence === "wrap_up") may.add("wrap_up");
  if (state.third !== "talking") THIRD.forEach((one) => may.delete(one));
  if (state.supervising) may.add("leave");
  for (const button of document.querySelectorAll("[data-do]")) button.disabled = !may.has(button.dataset.do);
  headset.buttons(how);
}

async function look(leg) {
  asked = leg;
  try {
    card = await ask(`calls/${encodeURIComponent(leg)}`);
  } catch (refused) {
    asked = ""; // asked again with the next change: the call may not be filed yet
    card = { leg };
    if (refused.code !== "call-unknown") notice(refused.text);
    else setTimeout(() => call().leg === leg && asked === "" && look(leg), 500);
  }
  showCard();
  form.fill(card);
  message?.fill();
}

function fact(label, ...values) {
  const shown = values.filter(Boolean);
  if (!shown.length) return [];
  const value = make("dd");
  value.append(...shown);
  return [make("dt", label), value];
}

function showCard() {
  const { draft } = card;
  const said = draft
    ? [word("kind", draft.kind), draft.urgency === "ordinary" ? "" : word("urgency", draft.urgency), draft.text,
       draft.spoken ? say("spoken") : ""].filter(Boolean).join(" · ")
    : "";
  const known = card.name || card.place || card.people?.length;
  at("card").replaceChildren(
    ...fact(say("card_number"), card.number), ...fact(say("card_name"), card.name),
    ...fact(say(card.room ? "card_room" : "card_place"), place()), ...fact(say("card_people"), people()),
    ...fact(say("card_stay"), card.stay?.name), ...fact(say("card_fees"), fees(card.fees)),
    ...fact(say("card_said"), said), ...fact(say("card_tickets"), ticketList(card.tickets)),
    ...fact(say("card_calls"), callList()),
    ...(card.number && !known ? [make("dt", ""), make("dd", say("nothing_known"))] : []),
  );
}

const place = () => [card.room || card.place, card.lift ? say("lift") : "", card.room === null ? say("room_unknown") : ""]
  .filter(Boolean).join(" · ");
const people = () => (card.people ?? []).map((one) => `${one.name}（${word("kind", one.kind)}）`).join("、");

function callList() {
  if (!card.calls) return "";
  if (!card.calls.length) return say("none");
  const list = make("ul", "", { class: "plain" });
  for (const one of card.calls) list.append(make("li", `${one.at} · ${word("outcome", one.outcome)} · ${span(one.seconds)}`));
  return list;
}

function lines() {
  const found = get("lines") ?? [];
  at("no-lines").hidden = found.length > 0 || !call().leg;
  if (!found.length && !call().leg) return; // what was said stays on screen until the next call
  const shown = found.map(([who, text]) => {
    const line = make("li", "", { class: `who-${who}` });
    line.append(make("b", say(`who_${who}`)), ` ${text}`);
    return line;
  });
  at("lines").replaceChildren(...shown);
  const panel = at("words");
  panel.scrollTop = panel.scrollHeight;
}

// --- orders ----------------------------------------------------------------------------------------

function act(action) {
  const to = at("to").value.trim();
  if (["consult", "blind", "dial"].includes(action) && !to) {
    at("to").focus();
    return notice(say("need_to"));
  }
  switch (action) {
    case "hold": return done(me().phase === "held" ? "resume" : "hold");
    case "consult": case "blind": case "dial": return done(action, { to });
    case "send": return done("send", { step: SURVEY });
    case "unpark": return done("unpark", { slot: to || (keysOf("park")[0] ?? "").slice(5) });
    case "wrap_up": return done("wrap_up", { done: true });
    default: return done(action);
  }
}

// --- queue, parked, messages -----------------------------------------------------------------------

function waiting(key, one) {
  const line = make("li", "", { class: one.em ? "red" : "" });
  const more = [one.queue, one.ringing.length ? `☎ ${one.ringing.join(" ")}` : "", one.em ? say("emergency") : ""];
  line.append(make("b", `${one.place}. ${one.number || say("withheld")} `), clock(one.since));
  line.append(` ${more.filter(Boolean).join(" · ")} `);
  const text = say("take");
  const button = make("button", text, { type: "button", class: "take", "data-place": one.place });
  button.setAttribute("aria-label", say("take_whom", { place: one.place, who: one.number || say("withheld") }));
  if (one.place <= 9) button.append(" ", make("kbd", `Alt+${one.place}`));
  button.onclick = () => take(key.slice("wait:".length));
  line.append(button);
  return line;
}

// A particular caller, out of turn: the desk decides who was first, and says so.
async function take(leg) {
  if (!(await headset.comeUp())) return;
  await done("take", { leg });
}

function queue(key, one) {
  return make("li", `${one.queue} · ${one.waiting ?? 0} · ${say("ready")} ${one.ready ?? 0}/${one.there ?? 0}`);
}

function parked(key, one) {
  const line = make("li", `${say("parked_in", { slot: one.slot })} `);
  line.append(clock(one.since));
  return line;
}

async function messages() {
  let found;
  try {
    found = await ask("messages");
  } catch {
    return; // said where something is done about it; the list is only read
  }
  at("no-messages").hidden = found.length > 0;
  at("messages").replaceChildren(...found.map((one) => {
    const line = make("li", "", { class: one.urgent && one.state !== "delivered" ? "red" : "" });
    const facts = [one.at, say("message_for", { who: one.for }), word("message", one.state), one.text];
    line.textContent = facts.filter(Boolean).join(" · ");
    return line;
  }));
}

function show(changed) {
  at("replaced").hidden = get("link") !== false;
  presence();
  const line = me().line ?? "";
  at("line").textContent = [line, headset.text].filter(Boolean).join(" · ");
  showCall(changed);
  const places = keysOf("wait").sort((a, b) => get(a).place - get(b).place);
  rows(at("waiting"), places, changed, waiting);
  at("nobody").hidden = places.length > 0;
  rows(at("queues"), keysOf("queue").sort(), changed, queue);
  rows(at("parked"), keysOf("park").sort(), changed, parked);
  at("no-parked").hidden = keysOf("park").length > 0;
  headset.state(me(), call());
}

// --- keyboard --------------------------------------------------------------------------------------

const KEYS = {
  F2: () => headset.pickUp(), F4: () => headset.hangUp(), F6: () => headset.mute(),
  F8: () => act("hold"), F9: () => (me().presence === "ready" ? pause() : ready()),
};

function pressed(event) {
  if (KEYS[event.key] && !event.ctrlKey && !event.altKey && !event.metaKey) {
    event.preventDefault();
    KEYS[event.key]();
    return;
  }
  if (event.altKey && !event.ctrlKey && !event.metaKey && event.code.startsWith("Key")) {
    const target = document.querySelector(`#desk [data-key="${event.code.slice(3)}"]`);
    if (!target) return;
    event.preventDefault();
    if (target.matches("input:not([type=checkbox]), select, textarea")) target.focus();
    else if (!target.disabled) target.click();
  } else if (event.altKey && !event.ctrlKey && !event.metaKey && /^Digit[1-9]$/.test(event.code)) {
    event.preventDefault();
    document.querySelector(`#waiting [data-place="${event.code.slice(5)}"]`)?.click();
  } else if (!event.target.closest?.("input, textarea, select") && /^[0-9*#]$/.test(event.key) && !event.ctrlKey) {
    headset.key(event.key);
  }
}

function setUp() {
  at("desk").dataset.title = document.title;
  form = new Form(at("desk").dataset.user, { onFiled: filed });
  headset = new Headset(at("desk").dataset.number, { say, notice, done, changed: () => show(new Set()) });
  at("ready").onclick = ready;
  at("pause").onclick = pause;
  at("sign-out").onclick = () => done("sign_out");
  for (const button of document.querySelectorAll("[data-do]")) button.onclick = () => act(button.dataset.do);
  addEventListener("keydown", pressed);
  messages();
  const caller = () => (card.leg === call().leg ? card : { leg: call().leg });
  if (!at("message").hidden) message = new MessageForm(at("desk").dataset.user, { call: caller, onTaken: messages });
}

// The number of the ticket goes on the call's record too.
function filed(number, leg) {
  if (leg && leg === asked) order("wrap_up", { ticket: number }).catch(() => {});
  if (leg && call().leg === leg) look(leg);
}

watch(show);
begin("desk", setUp);
