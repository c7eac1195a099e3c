"""What a campaign found out: averages, distributions, how many were reached. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hotline.campaigns.states import PersonState

REACHED = (
    PersonState.NOT_NOW,
    PersonState.BEGUN,
    PersonState.FINISHED,
    PersonState.PARTLY,
    PersonState.DECLINED,
    PersonState.STOPPED,
)
"""A human pressed a key or spoke."""


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: a key's value, or own words (then ``value`` is empty)."""

    question: str
    value: str


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """What all people together answered to one question."""

    question: str
    answers: int
    average: float | None
    """Of the values that are numbers; ``None`` when none is."""
    distribution: Mapping[str, int]
    """How often each value was given, in order of the values."""
    in_words: int
    """Answers in the person's own words."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How far the calls have come."""

    people: int
    by_state: Mapping[PersonState, int]
    answered: int
    """People with at least one answer."""
    by_result: Mapping[str, int] = field(default_factory=dict)
    """How often each result came about; surveys have none."""

    @property
    def reached(self) -> int:
        """People who reported something: answered, finished, not now, never again."""
        return sum(self.by_state.get(state, 0) for state in REACHED)


def summarise(answers: Iterable[Said], order: Sequence[str] = ()) -> tuple[QuestionResult, ...]:
    """Return the result of every question, in the ``order`` of the questionnaire, others after it."""
    found: dict[str, list[str]] = {}
    for said in answers:
        found.setdefault(said.question, []).append(said.value)
    names = [*(name for name in order), *sorted(found.keys() - set(order))]
    return tuple(_of_question(name, found.get(name, [])) for name in names)


def _of_question(question: str, values: Sequence[str]) -> QuestionResult:
    given = [value for value in values if value]
    scores = [int(value) for value in given if value.isdigit()]
    counted = Counter(given)
    return QuestionResult(
        question=question,
        answers=len(values),
        average=round(sum(scores) / len(scores), 2) if scores else None,
        distribution={value: counted[value] for value in sorted(counted)},
        in_words=len(values) - len(given),
    )
