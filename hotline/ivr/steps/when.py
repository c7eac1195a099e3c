"""``when``: a time and its days, or one day, by keys or voice – and nothing of it guessed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from hotline.call.ports import Question, QuestionKind, Repeat
from hotline.ivr import events
from hotline.ivr.ask import Keys, Said
from hotline.ivr.commands import AskTime
from hotline.ivr.faults import Jump
from hotline.ivr.keypad import Digits
from hotline.ivr.steps import schedules
from hotline.ivr.steps.answers import date_by_keys, time_by_keys, weekdays_by_keys
from hotline.ivr.steps.attempts import Got, Inquiry, Missed, ask_until_understood, failed_of, timeout_of
from hotline.ivr.steps.base import InputStep, Items, Rounds, Turn
from hotline.ivr.steps.refs import StepRef, WrittenSlot
from hotline.language import slots as understanding
from hotline.language.slots.moments import HALVES, Moment, next_day

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk

HUMAN = "0"
"""Pressed alone it asks for somebody, not for midnight."""
MORNING_KEY, AFTERNOON_KEY = "1", "2"
ONCE_KEY, DAILY_KEY, WORKDAYS_KEY, DATE_KEY, WEEKDAYS_KEY = "1", "2", "3", "4", "5"


class When(InputStep):
    """Ask when: fills ``when.*`` with a time and its days, or ``into`` with one day (``what: date``).

    What was said is not asked; an hour from 1 to 12 without a part of the day always is.
    """

    step: Literal["when"] = "when"
    what: Literal["time", "date"] = "time"
    into: WrittenSlot | None = None
    """``date``: the slot that gets the day, ``2026-12-05``."""
    which_hour: Rounds = ()
    """Said when a day was said without a time."""
    half: Items = ()
    """Asks for 1 morning, 2 afternoon; ``when.morning`` and ``when.afternoon`` are the times."""
    days: Items = ()
    """Asks for 1 once (on ``when.once``), 2 daily, 3 workdays, 4 a date, 5 days of the week."""
    date: Items = ()
    """Asks for a date by four digits, the 15th by ``15#``."""
    weekdays: Items = ()
    """Asks for days of the week by digits: ``135#``."""
    wrong_date: Rounds = ()
    """Said when there is no such day."""
    furthest: Annotated[int, Field(ge=1, le=366)] | None = None
    """``date``: days from today that are taken."""
    too_far: Rounds = ()
    """``date``: said when it is later than that."""
    past: Rounds = ()
    """``date``: said instead for a day that was lately, and comes again next year."""
    next: StepRef

    @model_validator(mode="after")
    def _whole(self) -> When:
        if self.what == "date" and self.into is None:
            raise ValueError("into is needed: the slot that gets the day")
        asked = (self.half, self.days, self.date, self.weekdays)
        if self.what == "time" and not all(asked):
            raise ValueError("half, days, date and weekdays are needed: what was not said is asked for")
        return self

    def run(self, talk: Talk) -> Turn[str | None]:
        """Ask for what is wanted and not said; fill the slots."""
        now = yield from local_time(talk)
        if self.what == "date":
            day = yield from self._ask_date(talk, now, self)
            if day is not None:
                talk.fill(self.into or "", day.isoformat())
            return failed_of(talk, self) if day is None else self.next
        schedules.forget(talk)
        found = yield from self._ask_time(talk, now)
        if found is not None and not found.certain:
            found = yield from self._ask_half(talk, found, now)
        if found is not None and not found.tells_days:
            found = yield from self._ask_days(talk, found, now)
        if found is None:
            return failed_of(talk, self)
        schedules.remember(talk, found, now)
        return self.next

    # --- the time --------------------------------------------------------------------------------

    def _ask_time(self, talk: Talk, now: datetime) -> Turn[Moment | None]:
        days_said = Moment()

        def understand(answer: Keys | Said) -> Turn[Got[Moment] | Missed]:
            nonlocal days_said
            yield from ()
            found = _keyed_time(talk, answer) if isinstance(answer, Keys) else _said(talk, answer, now)
            if found is None:
                return Missed()
            if found.tells_days:
                days_said = found
            if found.at is None:
                return Missed(self.which_hour)
            return Got(found if found.tells_days else found.with_days_of(days_said))

        pad = Digits(1, 4, self.terminator, full=True)
        question = _question(talk, self)
        return (yield from ask_until_understood(talk, self, Inquiry(pad=pad, question=question), understand))

    def _ask_half(self, talk: Talk, found: Moment, now: datetime) -> Turn[Moment | None]:
        schedules.offer(talk, found.at or now.time(), now)
        own = frozenset({MORNING_KEY, AFTERNOON_KEY})
        question = None
        if talk.understands:
            phrases = HALVES[talk.language]
            question = talk.question(QuestionKind.CHOICE, timeout=timeout_of(talk, self), phrases=phrases)

        def understand(answer: Keys | Said) -> Turn[Got[bool] | Missed]:
            yield from ()
            if isinstance(answer, Keys):
                return Got(answer.typed == AFTERNOON_KEY)
            half = understanding.half_of_day(answer.text, talk.language) if _heard(talk, answer) else None
            return Missed() if half is None else Got(half == "afternoon")

        inquiry = Inquiry(pad=talk.choices(own), own=own, question=question)
        afternoon = yield from ask_until_understood(talk, self._asking(self.half), inquiry, understand)
        return None if afternoon is None else found.in_half(afternoon=afternoon)

    # --- the days --------------------------------------------------------------------------------

    def _ask_days(self, talk: Talk, found: Moment, now: datetime) -> Turn[Moment | None]:
        at = found.at or now.time()
        schedules.offer(talk, at, now)
        once = Moment(day=next_day(at, now))
        by_key: dict[str, Callable[[], Turn[Moment | None]]] = {
            ONCE_KEY: lambda: _just(once),
            DAILY_KEY: lambda: _just(Moment(repeat=Repeat.DAILY)),
            WORKDAYS_KEY: lambda: _just(Moment(repeat=Repeat.WORKDAYS)),
            DATE_KEY: lambda: self._on_date(talk, now),
            WEEKDAYS_KEY: lambda: self._on_weekdays(talk, now),
        }
        own = frozenset(by_key)

        def understand(answer: Keys | Said) -> Turn[Got[Moment | str] | Missed]:
            yield from ()
            if isinstance(answer, Keys):
                return Got(answer.typed)
            said = _said(talk, answer, now)
            return Got(said) if said is not None and said.tells_days else Missed()

        inquiry = Inquiry(pad=talk.choices(own), own=own, question=_question(talk, self))
        days = yield from ask_until_understood(talk, self._asking(self.days), inquiry, understand)
        if isinstance(days, str):
            days = yield from by_key[days]()
        return None if days is None else found.with_days_of(days)

    def _on_date(self, talk: Talk, now: datetime) -> Turn[Moment | None]:
        day = yield from self._ask_date(talk, now, self._asking(self.date, self.wrong_date))
        return None if day is None else Moment(day=day)

    def _on_weekdays(self, talk: Talk, now: datetime) -> Turn[Moment | None]:
        def understand(answer: Keys | Said) -> Turn[Got[Moment] | Missed]:
            yield from ()
            if isinstance(answer, Keys):
                days = weekdays_by_keys(answer.typed)
                return Missed() if days is None else Got(Moment(repeat=Repeat.DAYS, days=days))
            said = _said(talk, answer, now)
            if said is None or not said.tells_days:
                return Missed()
            if said.repeat is None and said.day is not None:  # “周三” in answer to “which days of the week?”
                said = Moment(repeat=Repeat.DAYS, days=frozenset({said.day.isoweekday()}))
            return Got(said)

        asking = self._asking(self.weekdays, self.wrong_date)
        inquiry = Inquiry(pad=Digits(1, 7, self.terminator, full=True), question=_question(talk, self))
        return (yield from ask_until_understood(talk, asking, inquiry, understand))

    def _ask_date(self, talk: Talk, now: datetime, asking: InputStep) -> Turn[dt.date | None]:
        def understand(answer: Keys | Said) -> Turn[Got[dt.date] | Missed]:
            yield from ()
            if isinstance(answer, Keys):
                _leave_for_human(talk, answer)
                day = date_by_keys(answer.typed, now.date())
            else:
                spoken = answer.text if _heard(talk, answer) else ""
                day = understanding.day_of(spoken, talk.language, today=now.date())
            if day is None:
                return Missed(self.wrong_date if isinstance(answer, Keys) else ())
            if self.furthest is not None and (day - now.date()).days > self.furthest:
                return Missed(self.past if self._was_lately(day, now.date()) else self.too_far)
            return Got(day)

        pad = Digits(1, 4, self.terminator, full=True)
        inquiry = Inquiry(pad=pad, question=_question(talk, self))
        return (yield from ask_until_understood(talk, asking, inquiry, understand))

    def _was_lately(self, day: dt.date, today: dt.date) -> bool:
        """Whether the same day a year before is what was meant: over for no longer than may be waited."""
        if not self.past or self.furthest is None or (day.month, day.day) == (2, 29):
            return False
        return (today - day.replace(year=day.year - 1)).days <= self.furthest

    def _asking(self, prompts: Items, wrong: Rounds = ()) -> InputStep:
        """Return this step with another question."""
        return self.model_copy(update={"prompts": prompts, "reprompts": (), "nomatch": wrong})


def local_time(talk: Talk) -> Turn[datetime]:
    """Return the estate's local time, without its zone: days and hours are what callers mean."""
    result = yield from talk.request(AskTime(request=talk.number()))
    if not (isinstance(result, events.Found) and isinstance(result.value, events.LocalTime)):
        raise RuntimeError("the clock did not say what time it is")
    return result.value.now.replace(tzinfo=None)


def _just(moment: Moment) -> Turn[Moment | None]:
    yield from ()
    return moment


def _question(talk: Talk, step: InputStep) -> Question | None:
    return talk.question(QuestionKind.TIME, timeout=timeout_of(talk, step)) if talk.understands else None


def _heard(talk: Talk, said: Said) -> bool:
    return bool(said.text) and said.score >= talk.facts.accept_score


def _said(talk: Talk, said: Said, now: datetime) -> Moment | None:
    return understanding.moment(said.text, talk.language, now=now) if _heard(talk, said) else None


def _keyed_time(talk: Talk, keys: Keys) -> Moment | None:
    _leave_for_human(talk, keys)
    at = time_by_keys(keys.typed)
    return None if at is None else Moment(at=at, certain=at.hour == 0 or at.hour > 12)


def _leave_for_human(talk: Talk, keys: Keys) -> None:
    if keys.typed == HUMAN and HUMAN in talk.menu.everywhere:
        raise Jump(talk.menu.everywhere[HUMAN])
