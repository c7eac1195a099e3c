// Recordings of prompts: from a file or the microphone, heard first, then sent as WAV and put in service.

import { connection as connected } from "/console-static/menu-http.js";

const RATE = 24000; // three times the telephone's: the server brings it down
const LONGEST = 60; // seconds
const options = JSON.parse(document.getElementById("menu-options").textContent);
const words = options.words;
const connection = connected(options);

// Any sound the browser can decode, as 16-bit mono WAV; what it cannot is sent as it is, and refused with a reason.
async function asWav(blob) {
  let sound;
  try {
    sound = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await blob.arrayBuffer());
  } catch (error) {
    return blob;
  }
  const channels = Array.from({ length: sound.numberOfChannels }, (_, at) => sound.getChannelData(at));
  const length = Math.min(sound.length, RATE * (LONGEST + 5));
  const bytes = new DataView(new ArrayBuffer(44 + 2 * length));
  const put = (at, text) => [...text].forEach((char, index) => bytes.setUint8(at + index, char.charCodeAt(0)));
  put(0, "RIFF");
  bytes.setUint32(4, 36 + 2 * length, true);
  put(8, "WAVEfmt ");
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, RATE, true);
  bytes.setUint32(28, 2 * RATE, true);
  bytes.setUint16(32, 2, true);
  bytes.setUint16(34, 16, true);
  put(36, "data");
  bytes.setUint32(40, 2 * length, true);
  for (let at = 0; at < length; at++) {
    let value = 0;
    for (const channel of channels) value += channel[at];
    value = Math.max(-1, Math.min(1, value / channels.length));
    bytes.setInt16(44 + 2 * at, Math.round(value * 32767), true);
  }
  return new Blob([bytes.buffer], { type: "audio/wav" });
}

function recorder(section) {
  const part = (name) => section.querySelector(`[data-part=${name}]`);
  const { language, prompt } = section.dataset;
  const path = `/prompts/sound/${language}/${prompt}`;
  let chosen = null;
  let running = null;
  let clock = 0;

  function tell(sentence, bad = false) {
    part("told").textContent = sentence;
    part("told").classList.toggle("hl-red", bad);
  }

  function offer(blob) {
    chosen = blob;
    if (part("preview").src) URL.revokeObjectURL(part("preview").src);
    part("preview").src = URL.createObjectURL(blob);
    part("chosen").hidden = false;
    tell(words.listen);
  }

  async function record() {
    if (running) {
      running.stop();
      return;
    }
    if (!navigator.mediaDevices) {
      tell(words.insecure, true);
      return;
    }
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
    } catch (error) {
      tell(words.noMicrophone, true);
      return;
    }
    const pieces = [];
    running = new MediaRecorder(stream);
    running.addEventListener("dataavailable", (event) => pieces.push(event.data));
    running.addEventListener("stop", () => {
      clearInterval(clock);
      for (const track of stream.getTracks()) track.stop();
      part("record").textContent = words.record;
      part("record").classList.remove("hl-rec");
      const kind = running.mimeType;
      running = null;
      offer(new Blob(pieces, { type: kind }));
    });
    running.start();
    const began = Date.now();
    part("record").textContent = words.stop;
    part("record").classList.add("hl-rec");
    clock = setInterval(() => {
      const seconds = (Date.now() - began) / 1000;
      tell(words.recording.replace("{}", seconds.toFixed(0)));
      if (seconds > LONGEST && running) running.stop();
    }, 500);
  }

  async function use() {
    part("use").disabled = true;
    tell(words.sending);
    try {
      const found = await connection.put(path, await asWav(chosen));
      part("sound").src = `${path}?${Date.now()}`;
      part("chosen").hidden = true;
      const remarks = found.remarks.length ? ` ${words.remark} ${found.remarks.join("; ")}` : "";
      tell(words.inService.replace("{}", found.seconds).replace("{level}", found.level) + remarks);
      part("back").hidden = false;
    } catch (error) {
      tell(error.message, true); // the recording stays: it can be sent again
    } finally {
      part("use").disabled = false;
    }
  }

  part("file").addEventListener("change", () => {
    if (part("file").files.length) offer(part("file").files[0]);
  });
  part("record").addEventListener("click", record);
  part("use").addEventListener("click", use);
  // a press before now would have done nothing, and said nothing
  part("record").disabled = part("file").disabled = false;
}

// The page's elements are made by script: wait until they are there.
function begin(tries) {
  const sections = document.querySelectorAll("[data-prompt]");
  if (sections.length) sections.forEach(recorder);
  else if (tries) setTimeout(() => begin(tries - 1), 100);
}
begin(300);
