// The browser as the operator's headset, on the desk's page: line and sound are those of /headset.
import { at } from "./live.js";

const WANTED = "hotline-desk-headset";
const SOUND_WITHIN = 10000;

export class Headset {
  constructor(number, { say, notice, done, changed }) {
    Object.assign(this, { number, say, notice, done, changed });
    this.line = this.peer = this.sound = null;
    this.up = false;
    this.soundState = "off";
    this.ringing = this.talking = "";
    this.muted = false;
    at("headset").onclick = () => (this.on ? this.stop() : this.start());
    at("pick-up").onclick = () => this.pickUp();
    at("hang-up").onclick = () => this.hangUp();
    at("mute").onclick = () => this.mute();
    at("desk").dataset.line = at("desk").dataset.sound = "off";
    if (localStorage.getItem(WANTED) === "yes") this.start();
  }

  get on() {
    return this.line !== null;
  }

  get text() {
    if (!this.on) return this.say("line_off");
    return `${this.say(this.up ? "line_up" : "line_down")} · ${this.say(`sound_${this.soundState}`)}`;
  }

  // --- on and off ----------------------------------------------------------------------------------

  async start() {
    const [{ Line, Peer }, { Sound, SoundProblem }, { explain, useLanguage }] = await Promise.all([
      import("/headset/headset-line.js"), import("/headset/headset-sound.js"), import("/headset/headset-words.js"),
    ]);
    if (this.on) return;
    useLanguage(document.documentElement.lang.startsWith("en") ? "en" : "zh");
    Object.assign(this, { explain, SoundProblem });
    localStorage.setItem(WANTED, "yes");
    this.sound = new Sound(at("heard"), at("ring"), { onLost: () => this.open(), onDevices: () => {} });
    this.line = new Line("", {
      up: () => this.lineUp(), down: () => this.set({ up: false }), ended: (why) => this.ended(why), said: (one) => this.said(one),
    });
    this.peer = new Peer(this.line, { state: (now) => this.set({ soundState: now }), stream: (stream) => this.sound.play(stream) });
    const problem = Sound.problem();
    if (problem) this.notice(explain(problem, ""));
    this.set({});
  }

  stop() {
    localStorage.removeItem(WANTED);
    this.line?.end();
    this.peer?.close();
    this.sound?.ring(false);
    this.sound?.stream?.getTracks().forEach((track) => track.stop());
    this.line = this.peer = this.sound = null;
    this.set({ up: false, soundState: "off", ringing: "", talking: "", muted: false });
  }

  ended(why) {
    const sentence = this.explain(why === "token" ? "token-missing" : why, "");
    this.stop();
    this.notice(sentence);
  }

  set(part) {
    Object.assign(this, part);
    at("headset-text").textContent = this.say(this.on ? "headset_off" : "headset_on");
    at("desk").dataset.line = this.on ? (this.up ? "up" : "down") : "off";
    at("desk").dataset.sound = this.soundState;
    this.changed();
  }

  // --- the line ------------------------------------------------------------------------------------

  lineUp() {
    this.peer.waiting = false;
    this.set({ up: true });
    if (!this.talking || !this.peer.up) this.peer.offer();
  }

  said(message) {
    switch (message.t) {
      case "answer": return this.peer.answered(message.sdp);
      case "ring":
        this.sound.ring(true);
        return this.set({ ringing: message.call, talking: "" });
      case "stop_ring":
        this.sound.ring(false);
        return this.set({ ringing: "" });
      case "connected":
        this.sound.ring(false);
        this.line.send({ t: "mute", on: this.muted }); // the hotline may know better from a page that is gone
        return this.set({ ringing: "", talking: message.call });
      case "over":
        this.sound.ring(false);
        this.sound.mute(false);
        return this.set({ ringing: "", talking: "", muted: false });
      case "error":
        if (message.code === "media-lost") return this.peer.offer();
        return this.notice(this.explain(message.code, message.sentence));
    }
  }

  // --- the sound -----------------------------------------------------------------------------------

  async open() {
    this.opening = true;
    try {
      await this.peer.use(await this.sound.open());
      return true;
    } catch (error) {
      if (!(error instanceof this.SoundProblem)) throw error;
      this.set({ soundState: "failed" });
      this.notice(this.explain(error.code, ""));
      return false;
    } finally {
      this.opening = false;
    }
  }

  // A page that was loaded again in the middle of work needs no click: the browser knows its permission.
  state(me) {
    const works = me.presence && me.presence !== "signed_out" && me.line === `headset:${this.number}`;
    if (this.on && this.up && works && !this.sound.track && !this.opening) this.open();
  }

  // Who is ready is rung at once: the sound comes up first, and the desk is told that the line is this one.
  async comeUp() {
    if (!this.on) return true;
    if (!this.sound.track && !(await this.open())) return false;
    if (this.soundState !== "up") await this.peer.offer();
    const until = Date.now() + SOUND_WITHIN;
    while (this.soundState !== "up" && Date.now() < until) await new Promise((later) => setTimeout(later, 50));
    if (this.soundState !== "up") {
      this.notice(this.explain("sound-not-up", ""));
      return false;
    }
    return Boolean(await this.done("sign_in", { line: `headset:${this.number}` }));
  }

  // --- what is pressed -----------------------------------------------------------------------------

  buttons(how) {
    at("pick-up").disabled = !this.ringing;
    at("hang-up").disabled = !this.ringing && !this.talking;
    at("mute").disabled = !this.talking;
    at("mute-text").textContent = this.say(this.muted ? "unmute" : "mute");
  }

  pickUp() {
    if (this.ringing) this.line.send({ t: "pick_up" });
    else if (!this.on) this.notice(this.say("answer_at_phone"));
  }

  hangUp() {
    if (this.ringing || this.talking) this.line.send({ t: "hang_up" });
    else if (!this.on) this.notice(this.say("hang_up_at_phone"));
  }

  mute() {
    if (!this.talking) return;
    const on = !this.muted;
    this.line.send({ t: "mute", on });
    this.sound.mute(on);
    this.set({ muted: on });
  }

  key(key) {
    if (this.talking) this.line.send({ t: "key", key });
  }
}
