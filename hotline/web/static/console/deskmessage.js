// A message for somebody who is not there: written at the desk, by keyboard alone, kept here until it is taken.
import { at, make, say } from "./live.js";
import { ask } from "./deskapi.js";

const FIELDS = ["whom", "named", "words", "from", "number", "urgent"];
const NAMES = { words: "text", from: "from_name", number: "from_number" };
const KEPT_FOR = 12 * 3600 * 1000;

export class MessageForm {
  // `call` returns the card of the call that is up, or none; `onTaken` is told when one was taken.
  constructor(user, { call, onTaken }) {
    this.place = `hotline-desk-message:${user}`;
    this.call = call;
    this.onTaken = onTaken;
    this.draft = this.read();
    this.known = { staff: [], department: [] };
    this.busy = false;
    at("message").onsubmit = (event) => {
      event.preventDefault();
      this.submit();
    };
    at("message-clear").onclick = () => this.clear();
    for (const name of FIELDS) {
      this.field(name).addEventListener("input", () => this.typed());
      this.field(name).addEventListener("change", () => this.typed());
    }
    this.field("whom").addEventListener("focus", () => this.begin());
    this.field("whom").addEventListener("change", () => this.offer());
    this.field("words").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.ctrlKey) this.submit();
    });
    this.show();
    this.look();
  }

  field(name) {
    return at(`message-${name}`);
  }

  value(name) {
    const field = this.field(name);
    return field.type === "checkbox" ? field.checked : field.value.trim();
  }

  read() {
    const fresh = { fields: {}, at: Date.now(), key: crypto.randomUUID(), leg: "" };
    try {
      const kept = JSON.parse(localStorage.getItem(this.place) ?? "null");
      return kept && Date.now() - kept.at < KEPT_FOR ? kept : fresh;
    } catch {
      return fresh;
    }
  }

  show() {
    for (const name of FIELDS) {
      const field = this.field(name);
      const value = this.draft.fields[name];
      if (field.type === "checkbox") field.checked = Boolean(value);
      else field.value = value ?? (name === "whom" ? "room" : "");
    }
    this.offer();
  }

  typed() {
    at("message-taken").hidden = true;
    this.keep();
  }

  keep() {
    this.draft.fields = Object.fromEntries(FIELDS.map((name) => [name, this.value(name)]));
    this.draft.at = Date.now();
    localStorage.setItem(this.place, JSON.stringify(this.draft));
  }

  // A message that is begun in a call is left by who calls, unless somebody types another name.
  begin() {
    const { leg } = this.call();
    if (!leg || this.draft.leg === leg || this.value("words") || this.value("named")) return;
    this.draft.leg = leg;
    this.fill();
  }

  fill() {
    const { leg, name, number } = this.call();
    if (!leg || this.draft.leg !== leg) return;
    const known = { from: name, number: number?.includes("*") ? "" : number };
    for (const [field, value] of Object.entries(known)) {
      if (value && !this.value(field)) this.field(field).value = value;
    }
    this.keep();
  }

  async look() {
    try {
      this.known = await ask("addressees");
    } catch {
      return; // only a help: the number or name can be typed
    }
    this.offer();
  }

  offer() {
    const listed = this.known[this.field("whom").value] ?? [];
    at("message-known").replaceChildren(...listed.map(([value, more]) => make("option", more, { value })));
    this.field("named").placeholder = say(`message_hint_${this.field("whom").value}`);
  }

  clear() {
    localStorage.removeItem(this.place);
    this.draft = this.read();
    this.show();
    at("message-problem").hidden = true;
    at("message-taken").hidden = true;
  }

  async submit() {
    if (this.busy) return;
    const empty = ["named", "words"].find((name) => !this.value(name));
    if (empty) {
      this.field(empty).focus();
      return this.refused(say(`message_needs_${empty}`));
    }
    const found = FIELDS.map((name) => [NAMES[name] ?? name, this.value(name)]).filter(([, value]) => value);
    const body = { ...Object.fromEntries(found), leg: this.draft.leg };
    const said = JSON.stringify(body);
    if (this.draft.sent !== undefined && this.draft.sent !== said) this.draft.key = crypto.randomUUID();
    this.draft.sent = said;
    this.keep();
    this.busy = true;
    at("message-send").disabled = true;
    try {
      this.taken(await ask("messages", { method: "POST", body, key: this.draft.key }));
    } catch (refused) {
      this.refused(refused.text);
    } finally {
      this.busy = false;
      at("message-send").disabled = false;
    }
  }

  taken(one) {
    this.clear();
    const when = say(one.supervisor ? "message_to_supervisor" : one.at_once ? "message_at_once" : "message_later", {
      when: one.told_from,
    });
    const place = at("message-taken");
    place.textContent = `${say("message_kept", { number: one.number, who: one.for })} ${when}`;
    place.dataset.number = one.number;
    place.hidden = false;
    this.onTaken();
  }

  refused(text) {
    at("message-problem").textContent = text;
    at("message-problem").hidden = false;
  }
}
