// The ticket of a call: filled by what the menu has asked, completed by keyboard, kept here until it is filed.
import { at, make, say } from "./live.js";
import { ask } from "./deskapi.js";
import { fees, ticketList } from "./deskfacts.js";

const FIELDS = ["kind", "urgency", "room", "place", "name", "caller", "callback", "text", "incomplete"];
const KEPT_FOR = 12 * 3600 * 1000;
const MOST = 20;
const ANYWAY = new Set(["duplicate", "unknown-room", "implausible-number"]);
const FREE = "-"; // the draft that belongs to no call

export class Form {
  constructor(user, { onFiled }) {
    this.place = `hotline-desk:${user}`;
    this.onFiled = onFiled;
    this.drafts = this.read();
    this.leg = this.drafts.current ?? FREE;
    this.busy = false;
    at("ticket").onsubmit = (event) => {
      event.preventDefault();
      this.submit();
    };
    at("clear").onclick = () => this.clear();
    for (const name of FIELDS) {
      at(name).addEventListener("input", () => this.typed(name));
      at(name).addEventListener("change", () => this.typed(name));
    }
    at("room").addEventListener("change", () => this.lookUp());
    at("kind").addEventListener("change", () => this.lookUp());
    at("text").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.ctrlKey) this.submit();
    });
    this.show();
    if (this.draft.fields.room) this.lookUp();
  }

  // --- drafts --------------------------------------------------------------------------------------

  read() {
    const nothing = { current: FREE, drafts: {} };
    try {
      const found = { ...nothing, ...JSON.parse(localStorage.getItem(this.place) ?? "{}") };
      const young = Object.entries(found.drafts).filter(([, one]) => Date.now() - one.at < KEPT_FOR);
      return { ...found, drafts: Object.fromEntries(young.slice(-MOST)) };
    } catch {
      return nothing;
    }
  }

  get draft() {
    return (this.drafts.drafts[this.leg] ??= { fields: {}, touched: [], at: Date.now(), key: crypto.randomUUID() });
  }

  keep() {
    this.drafts.current = this.leg;
    localStorage.setItem(this.place, JSON.stringify(this.drafts));
  }

  typed(name) {
    const field = at(name);
    const draft = this.draft;
    const value = field.type === "checkbox" ? field.checked : field.value;
    if (draft.fields[name] === value) return;
    draft.fields[name] = value;
    if (!draft.touched.includes(name)) draft.touched.push(name);
    draft.at = Date.now();
    this.keep();
    at("filed").hidden = true;
    at("draft-state").textContent = say("draft_kept");
  }

  // A call has come: its own draft, unless it is the one shown.
  belongTo(leg) {
    if (leg === this.leg) return;
    if (!this.draft.touched.length) delete this.drafts.drafts[this.leg];
    this.leg = leg;
    this.draft.at = Date.now();
    this.keep();
    this.show();
  }

  show() {
    const { fields, touched } = this.draft;
    for (const name of FIELDS) {
      const field = at(name);
      if (field.type === "checkbox") field.checked = Boolean(fields[name]);
      else field.value = fields[name] ?? { kind: "repair", urgency: "ordinary" }[name] ?? "";
    }
    at("anyway").checked = false;
    at("anyway-row").hidden = true;
    at("problem").hidden = true;
    at("room-facts").replaceChildren();
    at("draft-state").textContent = touched.length ? say("draft_kept") : "";
    this.others();
  }

  // Drafts of earlier calls that were not sent.
  others() {
    const found = Object.entries(this.drafts.drafts).filter(([leg, one]) => leg !== this.leg && one.touched.length);
    at("drafts").replaceChildren(...found.map(([leg, one]) => {
      const when = new Date(one.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
      const text = say("draft_of", { when: `${when} ${one.fields.room ?? ""}` });
      return make("button", text, { type: "button", onclick: () => this.goTo(leg) });
    }));
  }

  goTo(leg) {
    this.leg = leg;
    this.keep();
    this.show();
    if (this.draft.fields.room) this.lookUp();
  }

  // What is known fills only what nobody has typed.
  fill(card) {
    if (card.leg !== this.leg) return;
    const known = card.draft ?? {};
    const facts = {
      kind: known.kind, urgency: known.urgency, room: known.room || (card.room ?? ""), place: known.place,
      name: known.name || card.name, caller: card.number?.includes("*") ? "" : card.number,
      callback: known.callback, text: known.text,
    };
    const draft = this.draft;
    for (const [name, value] of Object.entries(facts)) {
      if (value && !draft.touched.includes(name) && !draft.fields[name]) {
        draft.fields[name] = value;
        at(name).value = value;
      }
    }
    this.keep();
    if (draft.fields.room) this.lookUp();
  }

  clear() {
    delete this.drafts.drafts[this.leg];
    this.keep();
    this.show();
    at("filed").hidden = true;
    at("kind").focus();
  }

  // --- the room ------------------------------------------------------------------------------------

  async lookUp() {
    const room = at("room").value.trim();
    const leg = this.leg;
    if (!room) return at("room-facts").replaceChildren();
    let found;
    try {
      found = await ask(`rooms/${encodeURIComponent(room)}`);
    } catch {
      return; // whoever files it is told; a look-up is only a help
    }
    if (leg !== this.leg || room !== at("room").value.trim()) return;
    const parts = [];
    if (found.room === null) parts.push(make("p", say("room_unknown"), { class: "problem" }));
    if (found.people?.length) parts.push(make("p", found.people.map((one) => `${one.name} ${one.numbers.join(" ")}`).join("；")));
    const owed = fees(found.fees);
    if (owed && found.fees.unpaid) parts.push(owed);
    if (found.tickets?.length) parts.push(ticketList(found.tickets), this.twins(found.tickets));
    at("room-facts").replaceChildren(...parts);
  }

  // Open tickets of the same room and kind: this call may belong to one of them.
  twins(tickets) {
    const row = make("div", "", { class: "row" });
    const same = tickets.filter((one) => one.kind === at("kind").value);
    same.forEach((one, index) => {
      const button = make("button", say("add_to", { number: one.number }), { type: "button", onclick: () => this.addTo(one.number) });
      if (!index) {
        button.dataset.key = "D";
        button.append(" ", make("kbd", "Alt+D"));
      }
      row.append(button);
    });
    return row;
  }

  // --- filing --------------------------------------------------------------------------------------

  get body() {
    const value = (name) => at(name).value.trim();
    const names = ["kind", "urgency", "room", "place", "name", "caller", "callback", "text"];
    const found = Object.fromEntries(names.map((name) => [name, value(name)]).filter(([, text]) => text));
    return { ...found, complete: !at("incomplete").checked, leg: this.leg === FREE ? "" : this.leg };
  }

  submit() {
    const anyway = at("anyway").checked;
    return this.send("tickets", anyway ? { ...this.body, anyway } : this.body, "filed");
  }

  addTo(number) {
    return this.send(`tickets/${number}/additions`, this.body, "added");
  }

  async send(path, body, told) {
    if (this.busy) return;
    const { leg, draft } = this;
    this.busy = true;
    at("submit").disabled = true;
    at("draft-state").textContent = say("filing");
    at("problem").hidden = true;
    // another content is another request: under one key the hotline does the same thing once
    const said = JSON.stringify([path, body]);
    if (draft.sent !== undefined && draft.sent !== said) draft.key = crypto.randomUUID();
    draft.sent = said;
    this.keep();
    try {
      const { number, next_at: when } = await ask(path, { method: "POST", body, key: draft.key });
      this.filed(number, leg, say(told, { number }) + (when ? ` ${say("next_at", { when })}` : ""));
    } catch (refused) {
      this.refused(refused);
    } finally {
      this.busy = false;
      at("submit").disabled = false;
    }
  }

  filed(number, leg, told) {
    delete this.drafts.drafts[leg];
    if (leg === this.leg) {
      this.keep();
      this.show();
    }
    const place = at("filed");
    place.textContent = told;
    place.hidden = false;
    place.dataset.number = number;
    at("draft-state").textContent = "";
    this.onFiled(number, leg === FREE ? "" : leg);
  }

  refused(refused) {
    const hint = ANYWAY.has(refused.code) ? ` ${say("anyway_hint")}` : "";
    at("problem").textContent = refused.text + hint;
    at("problem").hidden = false;
    at("anyway-row").hidden = !ANYWAY.has(refused.code);
    at("draft-state").textContent = say("draft_kept");
    if (refused.code === "duplicate") this.lookUp();
  }
}
