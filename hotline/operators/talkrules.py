"""How long things may take in a talk, and what the keys of plain telephones mean. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hotline.operators.featurecodes import DEFAULT_CODES


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkRules:
    """Spans are seconds."""

    target_rings: float = 20.0
    """How long somebody to consult or transfer to is rung."""
    operator_rings: float = 20.0
    """How long an operator is rung who fetches a parked caller, or gets one back."""
    answer_patience: float = 6.0
    """After the question whether they take the call."""
    question_limit: float = 40.0
    """From the beginning of that question: no wording takes longer."""
    questions: int = 2
    """How often that is asked before silence counts as no (DOMAIN section 6)."""
    grace: float = 10.0
    """How long an interrupted operator's line may take to come back."""
    reassure_every: float = 45.0
    """On hold; the operator is reminded at the same time."""
    park: float = 120.0
    longest: float | None = None
    """A talk's longest time; ``None``: no end (DOMAIN section 6)."""
    warning: float = 60.0
    """This long before the longest time both hear a beep."""
    words_limit: float = 10.0
    """An operator who parks a caller hears the slot's number for no longer than that."""
    greet: bool = False
    """Say “X号话务员为您服务” before the first connection; off where the desk has said it."""
    notice_silence: float = 1.5
    """``DialOrder.notice_silence`` of an operator's leg that is rung again."""
    survey: str = ""
    """Menu step the survey's code sends to; empty: there is none."""
    codes: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_CODES))
    """Keys of plain telephones: :mod:`hotline.operators.featurecodes`."""
