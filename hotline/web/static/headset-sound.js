// Microphone, loudspeaker and ringing: everything that touches the operator's sound devices.
const KEPT = "hotline-headset-devices";

export class SoundProblem extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

const NAMED = {
  NotAllowedError: "no-permission",
  SecurityError: "no-permission",
  NotFoundError: "no-microphone",
  OverconstrainedError: "no-microphone",
  NotReadableError: "microphone-busy",
  AbortError: "microphone-busy",
};

export class Sound {
  // onLost(): the microphone was unplugged; onDevices(): the list of devices changed.
  constructor(heard, ring, { onLost, onDevices }) {
    this.heard = heard;
    this.ringElement = ring;
    this.onLost = onLost;
    this.stream = null;
    this.meter = null;
    this.context = null;
    this.tone = null;
    this.chosen = { microphone: "", speaker: "", ring: "", echo: true, ...read() };
    navigator.mediaDevices?.addEventListener("devicechange", onDevices);
  }

  static problem() {
    if (!window.isSecureContext || !navigator.mediaDevices) return "insecure";
    return window.RTCPeerConnection ? "" : "no-webrtc";
  }

  get track() {
    return this.stream?.getAudioTracks()[0] ?? null;
  }

  async open() {
    const problem = Sound.problem();
    if (problem) throw new SoundProblem(problem);
    const { microphone, echo } = this.chosen;
    const wanted = { echoCancellation: echo, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
    if (microphone) wanted.deviceId = { exact: microphone };
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: wanted });
    } catch (error) {
      if (microphone && NAMED[error.name] === "no-microphone") {
        this.choose({ microphone: "" });
        return this.open();
      }
      throw new SoundProblem(NAMED[error.name] ?? "microphone-busy");
    }
    const muted = this.track ? !this.track.enabled : false;
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = stream;
    this.track.enabled = !muted;
    this.track.addEventListener("ended", () => this.onLost());
    await this.measure();
    await this.direct();
    return this.track;
  }

  mute(on) {
    if (this.track) this.track.enabled = !on;
  }

  async measure() {
    this.context ??= new AudioContext();
    if (this.context.state === "suspended") this.context.resume();
    this.source?.disconnect();
    this.source = this.context.createMediaStreamSource(this.stream);
    this.meter ??= new AnalyserNode(this.context, { fftSize: 1024 });
    this.source.connect(this.meter);
  }

  // Loudness of the microphone, 0 to 1; 1 is full scale, silence below -60 dB.
  level() {
    if (!this.meter || !this.track?.enabled) return 0;
    const samples = new Float32Array(this.meter.fftSize);
    this.meter.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    return Math.max(0, Math.min(1, 1 + Math.log10(power + 1e-12) / 6));
  }

  play(stream) {
    this.heard.srcObject = stream;
    this.heard.play().catch(() => {}); // begins with the operator's first click at the latest
  }

  // Bring what is heard and the ringing to the devices chosen for them.
  async direct() {
    const ways = [[this.heard, this.chosen.speaker], [this.ringElement, this.chosen.ring]];
    for (const [element, device] of ways) {
      if (element.setSinkId && element.sinkId !== device) {
        await element.setSinkId(device).catch(() => element.setSinkId("").catch(() => {}));
      }
    }
  }

  choose(part) {
    Object.assign(this.chosen, part);
    localStorage.setItem(KEPT, JSON.stringify(this.chosen));
  }

  async devices() {
    const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    const of = (kind) => all.filter((one) => one.kind === kind && one.deviceId && one.deviceId !== "default");
    return { inputs: of("audioinput"), outputs: of("audiooutput") };
  }

  // The ringing of the Chinese network: 450 Hz, 1 s on, 4 s off.
  ring(on, once = false) {
    clearInterval(this.again);
    this.tone?.stop();
    this.tone = null;
    if (!on) {
      this.ringElement.pause();
      return;
    }
    this.context ??= new AudioContext();
    this.context.resume();
    this.ringOut ??= this.context.createMediaStreamDestination();
    this.ringElement.srcObject = this.ringOut.stream;
    this.ringElement.play().catch(() => {});
    this.sounds();
    if (!once) this.again = setInterval(() => this.sounds(), 5000);
  }

  sounds() {
    const tone = new OscillatorNode(this.context, { frequency: 450 });
    const loudness = new GainNode(this.context, { gain: 0.25 });
    tone.connect(loudness).connect(this.ringOut);
    tone.start();
    tone.stop(this.context.currentTime + 1);
    this.tone = tone;
  }
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "{}");
  } catch {
    return {};
  }
}
