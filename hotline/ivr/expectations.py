"""Comparing what a rehearsal left behind with what its scenario expects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from hotline.call.ports import NewTicket, Span
from hotline.ivr import house, rehearsal_operators
from hotline.ivr.line import CONCEALED
from hotline.ivr.rehearsal_desk import Filed
from hotline.ivr.scenario import ExpectedTicket, Scenario

if TYPE_CHECKING:
    from hotline.ivr.stage import Stage

CALLER = "c" * 32
"""The caller's leg in rehearsals."""
Difference = tuple[tuple[str | int, ...], str]


class Compare:
    """Finds all differences of one rehearsal."""

    def __init__(
        self, scenario: Scenario, stage: Stage, first_response: Callable[[NewTicket], timedelta | None] | None
    ) -> None:
        """``first_response`` words the promise of a ticket; None: promises are not compared."""
        self._scenario = scenario
        self._stage = stage
        self._first_response = first_response

    def differences(self) -> list[Difference]:
        """Return every difference."""
        found = [*self._record(), *self._tickets(), *self._cases(), *self._dialled(), *self._reports()]
        wakeups = self._scenario.wakeups
        if wakeups is not None:
            found += house.differences(() if wakeups == "none" else wakeups, self._stage.house)
        if self._scenario.desk is not None:
            found += rehearsal_operators.differences(self._scenario.desk, self._stage.operators)
        return found

    def _record(self) -> Iterator[Difference]:
        expected = self._scenario.record
        if expected is None:
            return
        report = self._stage.call.report()
        found = {
            "disposition": report.disposition,
            "rings": report.rings,
            "outcome": self._stage.outcome,
            "concealed": any(detail.get("key") == CONCEALED for _, detail in self._stage.log.events),
        }
        for name, value in found.items():
            wanted = getattr(expected, name)
            if wanted is not None and wanted != value:
                yield ("record", name), f"expected {wanted}, but the record says {value}"
        kinds = [kind for kind, _ in self._stage.log.events]
        if expected.events is not None and not _in_order(expected.events, kinds):
            yield (
                ("record", "events"),
                f"expected {', '.join(expected.events)}; the record has {', '.join(kinds)}",
            )

    def _dialled(self) -> Iterator[Difference]:
        expected, found = self._scenario.dialled, tuple(self._stage.dialer.dialled)
        if expected is not None and expected != found:
            yield (
                ("dialled",),
                f"expected {', '.join(expected) or 'nobody'}; rung were {', '.join(found) or 'nobody'}",
            )

    def _cases(self) -> Iterator[Difference]:
        there = {filed.summary.number: filed for filed in self._stage.desk.all}
        for number, wanted in self._scenario.cases.items():
            if number == "$ticket":
                filed = self._stage.desk.filed[-1] if self._stage.desk.filed else None
            else:
                filed = there.get(number)
            if filed is None:
                yield ("cases", number), f"there is no ticket {number}"
                continue
            values = self._case(filed)
            for name in wanted.model_fields_set:
                if getattr(wanted, name) != values[name]:
                    sentence = f"expected {getattr(wanted, name)}, the ticket has {values[name]}"
                    yield ("cases", number, name), sentence

    def _case(self, filed: Filed) -> dict[str, object]:
        said = [deed.words for deed in filed.deeds] + [added.words for added in filed.added]
        until = next((deed.until for deed in reversed(filed.deeds) if deed.until), None)
        return {
            "state": filed.summary.state,
            "assignee": filed.summary.assignee,
            "department": next((deed.department for deed in reversed(filed.deeds) if deed.department), ""),
            "by": filed.deeds[-1].who if filed.deeds else "",
            "words": any(said),
            "said_on": "other" if any(span and span.recording != CALLER for span in said) else "caller",
            "supervisor": any(deed.supervisor for deed in filed.deeds),
            "until": until and until.astimezone(self._stage.zone).replace(tzinfo=None),
            "history": tuple(event for event, _ in filed.history),
        }

    def _reports(self) -> Iterator[Difference]:
        expected, found = self._scenario.reports, self._stage.reports
        if expected is None:
            return
        if [one.outcome for one in expected] != [outcome for outcome, _ in found]:
            there = ", ".join(outcome for outcome, _ in found) or "nothing"
            wanted = ", ".join(one.outcome for one in expected) or "nothing"
            yield ("reports",), f"expected {wanted}; reported was {there}"
            return
        for index, (one, (_, values)) in enumerate(zip(expected, found, strict=True)):
            if one.words is not None and one.words != isinstance(values.get("words"), Span):
                yield ("reports", index, "words"), f"expected words: {one.words}, it is the other way"
            if one.value is not None and one.value != values.get("value"):
                yield ("reports", index, "value"), f"expected {one.value}, reported was {values.get('value')}"

    def _tickets(self) -> Iterator[Difference]:
        filed = self._stage.desk.filed
        scenario = self._scenario
        if scenario.ticket == "none" and filed:
            yield ("ticket",), f"no ticket was expected, but there is {_sketch(filed[0])}"
        if isinstance(scenario.ticket, ExpectedTicket):
            yield from self._several((scenario.ticket,), filed, lambda _: ("ticket",))
        if scenario.tickets is not None:
            yield from self._several(scenario.tickets, filed, lambda index: ("tickets", index))

    def _several(
        self,
        expected: Sequence[ExpectedTicket],
        filed: Sequence[Filed],
        where: Callable[[int], tuple[str | int, ...]],
    ) -> Iterator[Difference]:
        if len(expected) != len(filed):
            there = "; ".join(map(_sketch, filed)) or "none"
            yield where(0)[:1], f"{len(expected)} expected, there are {len(filed)}: {there}"
            return
        for index, (wanted, found) in enumerate(zip(expected, filed, strict=True)):
            values = self._values(found)
            for name in wanted.model_fields_set:
                if getattr(wanted, name) != values[name]:
                    yield (
                        (*where(index), name),
                        f"expected {getattr(wanted, name)}, the ticket has {values[name]}",
                    )

    def _values(self, filed: Filed) -> dict[str, object]:
        ticket = filed.ticket
        due = ticket.due_at.astimezone(self._stage.zone).replace(tzinfo=None) if ticket.due_at else None
        within = self._first_response(ticket) if self._first_response else None
        return {
            "kind": ticket.kind.value,
            "topic": ticket.topic,
            "urgency": ticket.urgency.value,
            "room": str(ticket.place),
            "callback": ticket.callback_number,
            "caller": ticket.caller_number,
            "description": ticket.description,
            "words": ticket.words is not None,
            "name_words": ticket.name_words is not None,
            "complete": ticket.complete,
            "note": ticket.note,
            "language": ticket.language,
            "respond_within": _span(within),
            "due": due,
            "history": tuple(event for event, _ in filed.history),
        }


def _in_order(wanted: Sequence[str], found: Sequence[str]) -> bool:
    rest = iter(found)
    return all(kind in rest for kind in wanted)


def _sketch(filed: Filed) -> str:
    ticket = filed.ticket
    state = "complete" if ticket.complete else f"incomplete ({ticket.note})"
    return f"{ticket.urgency.value} {ticket.kind.value} “{ticket.topic}” {ticket.place} {state}"


def _span(span: timedelta | None) -> str | None:
    if span is None:
        return None
    minutes = int(span.total_seconds() // 60)
    if minutes == 0:
        return "at once"
    return f"{minutes}m" if minutes % 60 else f"{minutes // 60}h"
