"""Asking until it is understood, politely and not too often (DOMAIN section 2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from hotline.call.ports import Question
from hotline.ivr.ask import Answer, Ask, Denied, Interrupted, Keys, Said, Silence
from hotline.ivr.items import Spoken
from hotline.ivr.keypad import Choices, Pad

if TYPE_CHECKING:
    from hotline.ivr.steps.base import InputStep, Items, Rounds, Turn
    from hotline.ivr.talk import Talk

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Got(Generic[R]):
    """An answer that was understood."""

    value: R


@dataclass(frozen=True, slots=True)
class Missed:
    """An answer that is not one; ``rounds`` say why when the step's ``nomatch`` does not fit."""

    rounds: Rounds = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """How a step asks: everything but the prompts and the patience, which the step has."""

    pad: Pad
    own: frozenset[str] = frozenset()
    question: Question | None = None
    finish: str = ""
    into: str = ""
    lead_out: tuple[Spoken, ...] = ()
    """Said after the question (the beep)."""


def ask_until_understood(
    talk: Talk,
    step: InputStep,
    inquiry: Inquiry,
    understand: Callable[[Keys | Said], Turn[Got[R] | Missed]],
) -> Turn[R | None]:
    """Ask up to ``tries`` times; return what was understood or ``None`` when it never was.

    Each failure begins the next asking with its own words: what to do differently. An emergency
    that was none is no failure the first time; a question that keeps being heard as one is.
    """
    tries = step.tries or talk.menu.defaults.tries
    why: tuple[Spoken, ...] = ()
    failure, denied = 0, False
    talk.only_silence = True
    while failure < tries:
        asked = step.reprompts if failure and step.reprompts else step.prompts
        items = (*why, *talk.spoken(asked), *inquiry.lead_out)
        answer = yield from talk.ask(_ask(talk, step, inquiry, items), own=inquiry.own, into=inquiry.into)
        if isinstance(answer, Denied) and not denied:
            denied = True
            continue
        missed = Missed()
        talk.only_silence = talk.only_silence and isinstance(answer, Silence)
        if isinstance(answer, Keys | Said):
            understood = yield from understand(answer)
            if isinstance(understood, Got):
                return understood.value
            missed = understood
        why = talk.spoken(_reason(talk, step, answer, missed, failure))
        talk.log("MISSED", why="silence" if isinstance(answer, Silence) else "nomatch")
        failure += 1
    return None


def timeout_of(talk: Talk, step: InputStep) -> float:
    """Return the seconds of silence the step allows."""
    return step.timeout or talk.menu.defaults.timeout


def failed_of(talk: Talk, step: InputStep) -> str:
    """Return where the step goes after its failures."""
    if step.silent is not None and talk.only_silence:
        return step.silent
    return step.failed or talk.menu.defaults.failed


def _ask(talk: Talk, step: InputStep, inquiry: Inquiry, items: tuple[Spoken, ...]) -> Ask:
    defaults = talk.menu.defaults
    usual = defaults.choice_interdigit if isinstance(inquiry.pad, Choices) else defaults.digits_interdigit
    return Ask(
        items=items,
        pad=inquiry.pad,
        timeout=timeout_of(talk, step),
        interdigit=step.interdigit_timeout or usual,
        barge_in=step.barge_in,
        question=inquiry.question,
        finish=inquiry.finish,
    )


def _reason(talk: Talk, step: InputStep, answer: Answer | Interrupted, missed: Missed, failure: int) -> Items:
    defaults = talk.menu.defaults
    if isinstance(answer, Silence):
        rounds = step.noinput or defaults.noinput
    elif isinstance(answer, Said | Denied):
        # “no such choice” is no answer to somebody who spoke
        rounds = missed.rounds or step.misheard or defaults.misheard or step.nomatch or defaults.nomatch
    else:
        rounds = missed.rounds or step.nomatch or defaults.nomatch
    return rounds[min(failure, len(rounds) - 1)] if rounds else ()
