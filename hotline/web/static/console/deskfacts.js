// Facts about a caller as elements: both the card and the ticket show them.
import { knows, make, say } from "./live.js";

export const word = (area, name) => (knows(`${area}_${name}`) ? say(`${area}_${name}`) : name);

export function fees(found) {
  if (!found) return "";
  if (found.unpaid) return make("b", say("fees_unpaid", { ...found, count: found.unpaid }), { class: "owes" });
  return say(found.known ? "fees_paid" : "fees_unknown");
}

export function ticketList(found) {
  if (!found) return "";
  if (!found.length) return say("none");
  const list = make("ul", "", { class: "plain" });
  for (const one of found) {
    const line = make("li", "", { class: one.overdue ? "red" : "" });
    line.append(make("a", one.number, { href: `/tickets/${one.number}`, target: "_blank" }));
    const facts = [word("kind", one.kind), word("ticket", one.state), one.overdue ? say("overdue") : "", one.place, one.text];
    line.append(` ${facts.filter(Boolean).join(" · ")}`);
    list.append(line);
  }
  return list;
}
