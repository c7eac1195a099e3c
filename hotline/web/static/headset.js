// An operator's headset in the browser: signs in, keeps line and sound up, does what is clicked.
import { Line, Peer } from "./headset-line.js";
import { Sound, SoundProblem } from "./headset-sound.js";
import { at, clock, devices, explain, level, note, notice, show, team, translate } from "./headset-view.js";
import { knows, language, say, useLanguage } from "./headset-words.js";

const TOKEN = "hotline-headset-token";
const LANGUAGE = "hotline-headset-language";
const OPERATOR = document.body.dataset.operator; // number of who is signed in at the console, or nothing
const WISHED = new URLSearchParams(location.search).get("dial"); // to be dialled with one click
const SURVEY_STEP = "survey";
const SOUND_WITHIN = 10000; // milliseconds until sound that does not come up is a fault

const state = {
  signed: false, operator: "", line: "down", sound: "off", muted: false, desk: {}, ringing: null, talking: null,
  parked: "", problem: null, opening: false, forget: 0,
};
let line = null;
let peer = null;

const sound = new Sound(at("heard"), at("ring"), { onLost: microphoneLost, onDevices: listDevices });

function update(part) {
  Object.assign(state, part);
  show(state);
}

// --- problems: the one that matters stays until it is solved ---------------------------------------

function complain(code, sentence = "", remedy = {}) {
  state.problem = { code, sentence, remedy };
  notice(explain(code, sentence), remedy);
}

function solved(...codes) {
  if (!state.problem || (codes.length && !codes.includes(state.problem.code))) return;
  state.problem = null;
  notice("");
}

// --- signing in ------------------------------------------------------------------------------------

function enter(token) {
  solved();
  update({ signed: true, line: "down", sound: "off" });
  line = new Line(token, { up, down, ended, said });
  peer = new Peer(line, { state: soundState, stream: (stream) => sound.play(stream) });
  const problem = Sound.problem();
  if (problem) complain(problem);
}

function leave() {
  line?.end();
  peer?.close();
  sound.ring(false);
  sound.stream?.getTracks().forEach((track) => track.stop());
  sound.stream = null;
  line = peer = null;
  Object.assign(state, { operator: "", desk: {}, ringing: null, talking: null, parked: "", muted: false });
  update({ signed: false, line: "down", sound: "off" });
}

function ended(why) {
  update({ line: "ended" });
  sound.ring(false);
  if (why === "taken-over") {
    peer.close();
    update({ ringing: null, talking: null, sound: "off" });
    const token = line.token;
    complain("taken-over", "", { action: "work_here", then: () => { leave(); enter(token); } });
    return;
  }
  const problem = state.problem;
  if (OPERATOR && !line.token) {
    location.assign("/sign-in?next=/headset");
    return;
  }
  localStorage.removeItem(TOKEN);
  sessionStorage.removeItem(TOKEN);
  leave();
  complain(problem?.code ?? "token-wrong", problem?.sentence);
}

// --- the line --------------------------------------------------------------------------------------

function up(hello) {
  const again = Boolean(state.operator);
  if (again) note(say("back"));
  solved("headset-gateway-silent", "calls-silent");
  // what rings or is up is said again after this; what is not said again is over
  clearTimeout(state.forget);
  const before = state.talking ?? state.ringing;
  if (before) state.forget = setTimeout(() => over("lost"), 3000);
  update({ line: "up", operator: hello.operator });
  peer.waiting = false; // no answer comes over a line that broke
  if (!state.talking || !peer.up) peer.offer();
}

function down() {
  update({ line: "down" });
}

function said(message) {
  switch (message.t) {
    case "answer": return peer.answered(message.sdp);
    case "ring": return ring(message);
    case "stop_ring": return stopRing(message.why);
    case "connected": return connected(message);
    case "over": return over(message.why);
    case "desk": return desk(message);
    case "error": return failed(message);
  }
}

function ring(message) {
  clearTimeout(state.forget);
  update({ ringing: { call: message.call, card: message.card }, talking: null });
  sound.ring(true);
}

function stopRing(why) {
  sound.ring(false);
  if (!state.ringing) return;
  update({ ringing: null });
  note(say(knows(`stop_${why}`) ? `stop_${why}` : "missed"));
}

function connected(message) {
  clearTimeout(state.forget);
  sound.ring(false);
  const same = state.talking?.call === message.call;
  const since = same ? state.talking.since : Date.now();
  update({ ringing: null, talking: { call: message.call, card: message.card, since } });
  if (!same) {
    at("note").value = "";
    at("ticket").value = message.card.ticket ?? "";
    mute(false);
  }
  line.send({ t: "mute", on: state.muted }); // the hotline may know better from a page that is gone
}

function over(why) {
  sound.ring(false);
  if (!state.talking && !state.ringing) return;
  update({ ringing: null, talking: null });
  mute(false);
  note(say(why === "network" || why === "lost" ? "over_network" : "over_normal"));
}

function desk({ t, ...facts }) {
  update({ desk: facts, parked: facts.parked || state.parked });
  // a page that was loaded again in the middle of work needs no click: the browser knows its permission
  if (!sound.track && !state.opening && facts.presence && facts.presence !== "signed_out") openSound();
  solved("calls-silent", "unknown-command", "operator-unknown");
}

function failed({ code, sentence }) {
  if (code === "media-lost") {
    note(explain(code, sentence));
    solved("headset-gateway-silent");
    peer.offer();
  } else {
    complain(code, sentence);
  }
}

// --- sound -----------------------------------------------------------------------------------------

function soundState(now) {
  update({ sound: now });
  if (now === "up") solved("sound-not-up", "no-permission", "no-microphone", "microphone-busy", "microphone-lost");
}

async function openSound() {
  state.opening = true;
  try {
    await peer.use(await sound.open());
  } catch (error) {
    if (!(error instanceof SoundProblem)) throw error;
    update({ sound: "failed" });
    complain(error.code, "", { action: "again", then: openSound });
    return false;
  } finally {
    state.opening = false;
  }
  await listDevices();
  return true;
}

async function microphoneLost() {
  sound.choose({ microphone: "" });
  if (await openSound()) complain("microphone-lost");
}

async function listDevices() {
  devices(await sound.devices(), sound.chosen);
}

async function choose(part, reopen) {
  sound.choose(part);
  if (reopen && sound.track) await openSound();
  else await sound.direct();
}

function mute(on) {
  if (on !== state.muted) line?.send({ t: "mute", on });
  sound.mute(on);
  update({ muted: on });
}

// --- what is clicked -------------------------------------------------------------------------------

async function order(action, args = {}) {
  const reply = await line.ask(action, args);
  if (reply.t === "refused") {
    note(`${knows(action) ? say(action) : action}: ${explain(reply.code, reply.sentence)}`);
    return null;
  }
  const { t, id, ...facts } = reply;
  if ("presence" in facts) desk(facts);
  return facts;
}

async function soundUp() {
  const until = Date.now() + SOUND_WITHIN;
  while (state.sound !== "up" && Date.now() < until) await new Promise((later) => setTimeout(later, 50));
  return state.sound === "up";
}

async function ready() {
  if (!sound.track && !(await openSound())) return;
  if (state.sound !== "up") await peer.offer();
  // a headset that cannot be rung yet would be set to pause for the first caller who waits
  if (!(await soundUp())) return complain("sound-not-up");
  if (!state.desk.presence || state.desk.presence === "signed_out") {
    if (!(await order("sign_in", { line: `headset:${state.operator}` }))) return;
  }
  await order("ready");
}

// A call from here to what the page was opened for, such as the hotline's own menu.
async function dialWished() {
  if (!sound.track && !(await openSound())) return;
  if (state.sound !== "up") await peer.offer();
  if (!(await soundUp())) return complain("sound-not-up");
  if (!state.desk.presence || state.desk.presence === "signed_out") {
    if (!(await order("sign_in", { line: `headset:${state.operator}` }))) return;
  }
  at("to").value = WISHED;
  await order("dial", { to: WISHED });
}

const pause = () => order("pause", { reason: at("pause-reason").value });
const pickUp = () => state.ringing && line.send({ t: "pick_up" });
const hangUp = () => (state.ringing || state.talking) && line.send({ t: "hang_up" });
const hold = () => state.talking && order(state.desk.held ? "resume" : "hold");
const press = (key) => state.talking && line.send({ t: "key", key });

function transfer(action) {
  const to = at("to").value.trim();
  if (["consult", "blind", "dial"].includes(action)) {
    if (!to) return note(say("need_to"));
    return order(action, { to });
  }
  if (action === "send") return order("send", { step: SURVEY_STEP });
  if (action === "unpark") return order("unpark", { slot: to || state.parked }).then((done) => done && update({ parked: "" }));
  return order(action);
}

async function wrapUp(done) {
  const facts = { note: at("note").value.trim(), ticket: at("ticket").value.trim() };
  const filled = Object.fromEntries(Object.entries(facts).filter(([, value]) => value));
  if (await order("wrap_up", done ? { ...filled, done } : filled)) {
    note(say("done"));
    at("note").value = at("ticket").value = "";
  }
}

async function showTeam() {
  if (!at("team").open || state.line !== "up") return;
  const found = await order("overview");
  if (found) team(found.operators ?? [], (mode, of) => order(mode, { of }));
}

async function signOut() {
  const signedOut = !state.desk.presence || state.desk.presence === "signed_out";
  if (state.line === "up" && !signedOut && !(await order("sign_out"))) return;
  localStorage.removeItem(TOKEN);
  sessionStorage.removeItem(TOKEN);
  solved();
  leave();
  if (OPERATOR) location.assign("/");
}

// --- keys of the keyboard --------------------------------------------------------------------------

const KEYS = {
  F2: pickUp, F4: hangUp, F6: () => state.talking && mute(!state.muted), F8: hold,
  F9: () => (state.desk.presence === "ready" ? pause() : ready()),
};

addEventListener("keydown", (event) => {
  if (!state.signed || event.ctrlKey || event.altKey || event.metaKey) return;
  const typing = event.target.closest?.("input, textarea, select");
  if (KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  } else if (!typing && /^[0-9*#]$/.test(event.key)) {
    press(event.key);
  }
});

// --- the page --------------------------------------------------------------------------------------

function setUp() {
  useLanguage(document.body.dataset.language || (localStorage.getItem(LANGUAGE) ?? "zh"));
  for (const key of "123456789*0#") {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: key });
    button.onclick = () => press(key);
    at("keypad").append(button);
  }
  at("enter").onsubmit = (event) => {
    event.preventDefault();
    const token = at("token").value.trim();
    at("token").value = "";
    (at("remember").checked ? localStorage : sessionStorage).setItem(TOKEN, token);
    enter(token);
  };
  const clicks = {
    ready, pause, "pick-up": pickUp, "hang-up": hangUp, mute: () => mute(!state.muted), hold, "sign-out": signOut,
    "wrap-save": () => wrapUp(false), "wrap-done": () => wrapUp(true), "try-ring": () => sound.ring(true, true),
    "stop-listening": () => order("leave"), language: switchLanguage, "test-call": dialWished,
  };
  for (const [id, action] of Object.entries(clicks)) at(id).onclick = action;
  for (const button of document.querySelectorAll("[data-do]")) button.onclick = () => transfer(button.dataset.do);
  at("microphone").onchange = () => choose({ microphone: at("microphone").value }, true);
  at("speaker").onchange = () => choose({ speaker: at("speaker").value }, false);
  at("ring-device").onchange = () => choose({ ring: at("ring-device").value }, false);
  at("echo").onchange = () => choose({ echo: at("echo").checked }, true);
  at("team").ontoggle = showTeam;
  setInterval(() => level(sound.level()), 80);
  setInterval(() => clock(state), 500);
  setInterval(showTeam, 5000);
  at("test-call").hidden = !WISHED;
  translate();
  update({});
  listDevices();
  const kept = sessionStorage.getItem(TOKEN) ?? localStorage.getItem(TOKEN);
  if (OPERATOR) enter("");
  else if (kept) enter(kept);
}

function switchLanguage() {
  useLanguage(language() === "zh" ? "en" : "zh");
  localStorage.setItem(LANGUAGE, language());
  translate();
  listDevices();
  update({});
  if (state.problem) complain(state.problem.code, state.problem.sentence, state.problem.remedy);
}

setUp();
