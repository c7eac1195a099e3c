// A recording of two people: waveform (caller above, hotline below), sentences that follow, keys.
// <hotline-player data-recording="ID" data-seconds="12.3" data-language="zh" data-segments="[…]">
const WORDS = {
  zh: {play: "播放", pause: "暂停", back: "后退 5 秒", forward: "前进 5 秒", speed: "速度", place: "播放位置",
       caller: "来电人", hotline: "热线", failed: "录音无法播放。", none: "没有文字记录。", said: "通话内容",
       keys: "空格 播放/暂停 · ←/→ 5 秒 · Home 开头", player: "录音"},
  en: {play: "Play", pause: "Pause", back: "5 s back", forward: "5 s on", speed: "Speed", place: "Place",
       caller: "Caller", hotline: "Hotline", failed: "The recording cannot be played.", none: "No transcript.",
       said: "What was said", keys: "Space: play or pause · ←/→: 5 s · Home: beginning", player: "Recording"},
};
const SPEEDS = [0.75, 1, 1.25, 1.5, 2];
const COLOURS = {caller: "#1d4ed8", hotline: "#b45309", played: "#94a3b8", line: "#b91c1c"};
const JUMP = 5;

const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;

function make(tag, text = "", attributes = {}) {
  const element = document.createElement(tag);
  if (text) element.textContent = text;  // never markup: people's words and names pass here
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

class HotlinePlayer extends HTMLElement {
  connectedCallback() {
    if (this.audio) return;
    this.words = WORDS[this.dataset.language] || WORDS.zh;
    this.segments = JSON.parse(this.dataset.segments || "[]");
    this.length = Number(this.dataset.seconds) || 0;
    this.lines = [];
    this.build();
    this.listen();
    this.load();
  }

  disconnectedCallback() {
    if (this.audio) this.audio.pause();
    if (this.sizes) this.sizes.disconnect();
    document.removeEventListener("keydown", this.onKey);
  }

  build() {
    const w = this.words;
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", w.player);
    this.audio = make("audio", "", {preload: "metadata", src: `/recordings/${this.dataset.recording}`});
    this.canvas = make("canvas", "", {role: "slider", tabindex: "0", "aria-label": w.place, "aria-valuemin": "0"});
    const bar = make("div", "", {class: "hl-player-bar"});
    this.button = make("button", w.play, {type: "button", class: "hl-go"});
    const back = make("button", "« 5", {type: "button", class: "hl-plain", "aria-label": w.back});
    const on = make("button", "5 »", {type: "button", class: "hl-plain", "aria-label": w.forward});
    this.time = make("span", "0:00", {class: "hl-player-time"});
    const label = make("label", `${w.speed} `);
    this.speed = make("select");
    for (const one of SPEEDS) this.speed.append(make("option", `${one}×`, {value: one}));
    this.speed.value = "1";
    label.append(this.speed);
    bar.append(this.button, back, on, this.time, label, make("small", w.keys, {class: "hl-quiet"}));
    this.problem = make("p", "", {role: "alert", class: "hl-red"});
    const legend = make("p", "", {class: "hl-quiet"});
    for (const side of ["caller", "hotline"]) {
      legend.append(make("span", "■ ", {style: `color:${COLOURS[side]}`, "aria-hidden": "true"}), `${w[side]}  `);
    }
    this.append(this.audio, bar, this.canvas, legend, this.problem, this.list());
    back.onclick = () => this.seek(this.audio.currentTime - JUMP);
    on.onclick = () => this.seek(this.audio.currentTime + JUMP);
    this.button.onclick = () => this.toggle();
    this.speed.onchange = () => { this.audio.playbackRate = Number(this.speed.value); };
  }

  list() {
    const w = this.words;
    const list = make("ol", "", {class: "hl-said", "aria-label": w.said});
    if (!this.segments.length) return make("p", this.dataset.note || w.none, {class: "hl-quiet"});
    for (const one of this.segments) {
      const item = make("li", "", {class: one.side === "caller" ? "caller" : "hotline"});
      const line = make("button", "", {type: "button"});
      line.append(make("span", clock(one.start), {class: "at"}), make("b", w[one.side] || one.side), make("span", one.text));
      line.onclick = () => { this.seek(one.start); this.audio.play(); };
      item.append(line);
      list.append(item);
      this.lines.push(line);
    }
    return list;
  }

  listen() {
    const audio = this.audio;
    audio.onplay = audio.onpause = () => {
      this.button.textContent = audio.paused ? this.words.play : this.words.pause;
      if (!audio.paused) requestAnimationFrame(() => this.follow());
    };
    audio.ontimeupdate = audio.onseeked = () => this.show();
    audio.onloadedmetadata = () => { if (Number.isFinite(audio.duration)) this.length = audio.duration; this.show(); };
    audio.onerror = () => { this.problem.textContent = this.words.failed; };
    this.canvas.onpointerdown = (event) => {
      const box = this.canvas.getBoundingClientRect();
      this.seek(((event.clientX - box.left) / box.width) * this.length);
    };
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.canvas);
  }

  key(event) {
    const at = event.target;
    const typing = at.closest && at.closest("input, textarea, select, [contenteditable]");
    const pressing = at.closest && at.closest("button, a, summary");
    if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
    const first = document.querySelector("hotline-player");
    if (this !== (at.closest && at.closest("hotline-player") || first)) return;
    const moves = {ArrowLeft: -JUMP, ArrowRight: JUMP};
    if (event.key === " " && !pressing) this.toggle();
    else if (event.key in moves) this.seek(this.audio.currentTime + moves[event.key]);
    else if (event.key === "Home" && this.contains(at)) this.seek(0);
    else return;
    event.preventDefault();
  }

  async load() {
    try {
      const answer = await fetch(`/recordings/${this.dataset.recording}/peaks`);
      if (!answer.ok) throw new Error(String(answer.status));
      this.peaks = await answer.json();
      this.length = this.length || this.peaks.seconds;
    } catch {
      this.problem.textContent = this.words.failed;
    }
    this.show();
  }

  toggle() {
    if (this.audio.paused) this.audio.play().catch(() => { this.problem.textContent = this.words.failed; });
    else this.audio.pause();
  }

  seek(seconds) {
    this.audio.currentTime = Math.min(Math.max(seconds, 0), this.length || 0);
    this.show();
  }

  follow() {
    this.show();
    if (!this.audio.paused) requestAnimationFrame(() => this.follow());
  }

  show() {
    const now = this.audio.currentTime;
    this.time.textContent = `${clock(now)} / ${clock(this.length)}`;
    this.canvas.setAttribute("aria-valuemax", this.length.toFixed(0));
    this.canvas.setAttribute("aria-valuenow", now.toFixed(0));
    this.canvas.setAttribute("aria-valuetext", this.time.textContent);
    const spoken = this.segments.findIndex((one) => one.start <= now && now < one.end);
    if (spoken !== this.spoken) {
      this.spoken = spoken;
      this.lines.forEach((line, place) => {
        if (place === spoken) line.setAttribute("aria-current", "true");
        else line.removeAttribute("aria-current");
      });
      if (spoken >= 0 && !this.audio.paused) this.lines[spoken].scrollIntoView({block: "nearest"});
    }
    this.draw();
  }

  draw() {
    const box = this.canvas.getBoundingClientRect();
    if (!box.width) return;
    const scale = window.devicePixelRatio || 1;
    const width = Math.round(box.width * scale), height = Math.round(box.height * scale);
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    const pen = this.canvas.getContext("2d");
    pen.clearRect(0, 0, width, height);
    const gone = this.length ? (this.audio.currentTime / this.length) * width : 0;
    const channels = (this.peaks && this.peaks.channels) || [];
    const lane = height / Math.max(channels.length, 1);
    channels.forEach((channel, place) => {
      const middle = lane * (place + 0.5), count = channel.max.length;
      for (let x = 0; x < width; x += 1) {
        const from = Math.floor((x / width) * count), to = Math.max(from + 1, Math.floor(((x + 1) / width) * count));
        let high = 0, low = 0;
        for (let n = from; n < to && n < count; n += 1) {
          high = Math.max(high, channel.max[n]);
          low = Math.min(low, channel.min[n]);
        }
        pen.fillStyle = x < gone ? COLOURS.played : COLOURS[channel.side] || COLOURS.caller;
        const top = middle - high * lane * 0.48, bottom = middle - low * lane * 0.48;
        pen.fillRect(x, top, 1, Math.max(bottom - top, 1));
      }
    });
    pen.fillStyle = COLOURS.line;
    pen.fillRect(Math.round(gone), 0, 2 * scale, height);
  }
}

if (!customElements.get("hotline-player")) customElements.define("hotline-player", HotlinePlayer);

document.addEventListener("click", (event) => {
  const mark = event.target.closest("[data-seek]");
  if (!mark) return;
  const player = document.querySelector(`hotline-player[data-recording="${CSS.escape(mark.dataset.leg)}"]`);
  if (player && player.audio) {
    player.seek(Number(mark.dataset.seek));
    player.audio.play();
    player.scrollIntoView({block: "nearest"});
  }
});
