// Requests of the desk: each says what became of it, and a lost connection loses nothing.
import { at, knows, say } from "./live.js";

const WITHIN = 10000;

export class Refused extends Error {
  constructor(code, sentence, status) {
    super(sentence);
    this.code = code;
    this.status = status; // 0: the server was not reached, or did not answer
  }

  get text() {
    if (this.code === "session-ended" || this.code === "token-missing") return say("session_over");
    if (knows(`code_${this.code}`)) return say(`code_${this.code}`);
    return this.status ? this.message || this.code : say("not_sent");
  }
}

export async function ask(path, { method = "GET", body = null, key = "" } = {}) {
  const headers = { Accept: "application/json", "X-CSRF-Token": at("desk").dataset.csrf };
  if (body !== null) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  let answer;
  try {
    answer = await fetch(`/api/v1/desk/${path}`, {
      method, headers, body: body === null ? undefined : JSON.stringify(body), signal: AbortSignal.timeout(WITHIN),
    });
  } catch {
    throw new Refused("not-sent", "", 0);
  }
  const found = await answer.json().catch(() => ({}));
  if (answer.ok) return found;
  const field = found.errors?.[0];
  const more = found.code === "invalid-input" && field ? `${field.field}: ${field.message}` : found.detail;
  throw new Refused(found.code ?? `http-${answer.status}`, more ?? "", answer.status);
}

export function order(action, args = {}) {
  return ask("do", { method: "POST", body: { action, args } });
}

// One sentence above everything, until something else is done.
export function notice(text = "") {
  const place = at("notice");
  place.textContent = text;
  place.hidden = !text;
}
