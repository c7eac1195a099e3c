// The two connections of a headset, each of which may break and comes back by itself: the WebSocket with
// what is said about calls, and the peer connection with their sound.
const PING_EVERY = 5000;
const SILENT_AFTER = 12000;
const BACK_OFF = [200, 500, 1000, 2000, 3000];
const TOKEN = 4401;
const TAKEN_OVER = 4409;

export class Line {
  // on: up(), down(), ended(code), said(message)
  constructor(token, on) {
    this.token = token;
    this.on = on;
    this.device = sessionStorage.getItem("hotline-headset") ?? crypto.getRandomValues(new Uint32Array(4)).join("");
    sessionStorage.setItem("hotline-headset", this.device);
    this.numbers = 0;
    this.asked = new Map();
    this.ice = [];
    this.attempts = 0;
    this.ended = false;
    addEventListener("online", this.atOnce = () => this.attempt());
    this.attempt();
  }

  get up() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  attempt() {
    clearTimeout(this.later);
    if (this.ended || this.up) return;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const query = new URLSearchParams(this.token ? { token: this.token, device: this.device } : { device: this.device });
    const socket = new WebSocket(`${scheme}//${location.host}/headset/ws?${query}`);
    this.socket = socket;
    socket.onmessage = (event) => this.hear(socket, event.data);
    socket.onclose = (event) => this.closed(socket, event.code);
    this.heard = performance.now();
    clearInterval(this.watch);
    this.watch = setInterval(() => this.look(socket), PING_EVERY / 2);
  }

  look(socket) {
    const now = performance.now();
    if (now - this.heard > SILENT_AFTER) {
      this.closed(socket, 1006); // a socket over a dead network takes minutes to notice by itself
      socket.onclose = null;
      socket.close();
    } else if (socket.readyState === WebSocket.OPEN && now - (this.pinged ?? 0) > PING_EVERY) {
      this.pinged = now;
      this.send({ t: "ping", id: ++this.numbers });
    }
  }

  hear(socket, text) {
    if (socket !== this.socket) return;
    this.heard = performance.now();
    const message = JSON.parse(text);
    if (message.t === "hello") {
      this.attempts = 0;
      this.ice = (message.ice ?? []).map(({ urls, username, credential }) => (username ? { urls, username, credential } : { urls }));
      this.on.up(message);
    } else if (message.t === "done" || message.t === "refused") {
      const settle = this.asked.get(message.id);
      this.asked.delete(message.id);
      settle?.(message);
    } else if (message.t !== "pong") {
      this.on.said(message);
    }
  }

  closed(socket, code) {
    if (socket !== this.socket) return;
    this.socket = null;
    clearInterval(this.watch);
    for (const settle of this.asked.values()) settle({ t: "refused", code: "line_down", sentence: "" });
    this.asked.clear();
    if (code === TOKEN || code === TAKEN_OVER) {
      this.end();
      this.on.ended(code === TOKEN ? "token" : "taken-over");
      return;
    }
    this.on.down();
    const wait = BACK_OFF[Math.min(this.attempts++, BACK_OFF.length - 1)];
    this.later = setTimeout(() => this.attempt(), wait);
  }

  send(message) {
    if (this.up) this.socket.send(JSON.stringify(message));
    return this.up;
  }

  // Have the desk do something; resolves to `done` or `refused`.
  ask(action, args = {}) {
    const id = ++this.numbers;
    return new Promise((settle) => {
      if (!this.send({ ...args, t: "do", id, action })) {
        settle({ t: "refused", code: "line_down", sentence: "" });
        return;
      }
      this.asked.set(id, settle);
      setTimeout(() => {
        if (this.asked.delete(id)) settle({ t: "refused", code: "calls-silent", sentence: "" });
      }, 12000);
    });
  }

  end() {
    this.ended = true;
    clearTimeout(this.later);
    clearInterval(this.watch);
    removeEventListener("online", this.atOnce);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }
}

const GATHERED_WITHIN = 1000;
const ASKED_WITHIN = 3000; // with servers elsewhere to ask
const ANSWER_WITHIN = 5000;
const CUT_FOR = 1500;

export class Peer {
  // on: state("connecting" | "up" | "failed"), stream(MediaStream)
  constructor(line, on) {
    this.line = line;
    this.on = on;
    this.track = null;
    this.connection = null;
    this.waiting = false;
  }

  get up() {
    return this.connection?.connectionState === "connected";
  }

  // Send another microphone: without a new offer when there is a connection.
  async use(track) {
    this.track = track;
    const sender = this.connection?.getSenders()[0];
    if (sender && this.connection.connectionState !== "closed") await sender.replaceTrack(track);
    else await this.offer();
  }

  // One offer at a time: an answer does not say which offer it is for.
  async offer() {
    if (!this.track || !this.line.up || this.waiting) return;
    this.close();
    this.waiting = true;
    const connection = new RTCPeerConnection({ iceServers: this.line.ice });
    this.connection = connection;
    this.on.state("connecting");
    connection.addTrack(this.track, new MediaStream([this.track]));
    connection.ontrack = (event) => this.on.stream(event.streams[0] ?? new MediaStream([event.track]));
    connection.onconnectionstatechange = () => this.changed(connection);
    await connection.setLocalDescription(await connection.createOffer());
    await gathered(connection, this.line.ice.length ? ASKED_WITHIN : GATHERED_WITHIN);
    if (connection !== this.connection) return;
    this.line.send({ t: "offer", sdp: connection.localDescription.sdp });
    this.later = setTimeout(() => this.again(), ANSWER_WITHIN);
  }

  again() {
    this.waiting = false;
    this.offer();
  }

  async answered(sdp) {
    clearTimeout(this.later);
    this.waiting = false;
    if (this.connection?.signalingState !== "have-local-offer") return;
    await this.connection.setRemoteDescription({ type: "answer", sdp });
  }

  changed(connection) {
    if (connection !== this.connection) return;
    clearTimeout(this.later);
    const state = connection.connectionState;
    if (state === "connected") this.on.state("up");
    else this.on.state("connecting");
    if (state === "failed") this.offer();
    if (state === "disconnected") this.later = setTimeout(() => this.offer(), CUT_FOR);
  }

  close() {
    clearTimeout(this.later);
    this.waiting = false;
    const connection = this.connection;
    this.connection = null;
    if (connection) {
      connection.onconnectionstatechange = null;
      connection.close();
    }
  }
}

function gathered(connection, within) {
  return new Promise((done) => {
    if (connection.iceGatheringState === "complete") return done();
    const timer = setTimeout(done, within);
    connection.addEventListener("icegatheringstatechange", () => {
      if (connection.iceGatheringState === "complete") {
        clearTimeout(timer);
        done();
      }
    });
  });
}
