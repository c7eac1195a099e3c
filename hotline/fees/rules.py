"""``config/fees.yaml``: late fees, due days and promises of each estate, checked with file and line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from hotline import yamlsource
from hotline.call.errors import InvalidInput, Problem
from hotline.fees import kinds
from hotline.fees.late_fee import Charged, LateFeeRule
from hotline.keptconfig import KeptConfig, file_of

FILE = "fees.yaml"
LONGEST_PROMISE = 31
_IN_WORDS = Decimal("0.1")
"""Percent that the prompts ``late_fee_once`` and ``late_fee_per_day`` name."""
Percent = Annotated[Decimal, Field(gt=0, le=100, max_digits=7, decimal_places=4)]
Yuan = Annotated[Decimal, Field(gt=0, max_digits=10, decimal_places=2)]
PromptId = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _After(_Section):
    day: int | None = Field(None, ge=1, le=31)
    days_past_due: int | None = Field(None, ge=0, le=366)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.day is None) == (self.days_past_due is None):
            raise ValueError("write either day (of the month) or days_past_due")
        return self


class _Cap(_Section):
    percent: Percent | None = None
    yuan: Yuan | None = None


class _LateFee(_Section):
    percent: Percent
    charged: Charged = Charged.ONCE
    after: _After = _After(day=15)
    cap: _Cap = _Cap()
    wording: PromptId | None = None

    def rule(self) -> LateFeeRule:
        return LateFeeRule(
            percent=self.percent,
            charged=self.charged,
            after_day=self.after.day,
            days_past_due=self.after.days_past_due or 0,
            cap_percent=self.cap.percent,
            cap_yuan=self.cap.yuan,
            wording=self.wording or self._recorded,
        )

    @property
    def _recorded(self) -> str:
        """The words there are fit one rate; a debtor is told no other than the contract's."""
        return f"late_fee_{self.charged.value}" if self.percent == _IN_WORDS else ""


_LateFeeOrNone = Annotated[
    Annotated[_LateFee, Tag("rule")] | Annotated[Literal["none"], Tag("none")],
    Discriminator(lambda given: "none" if isinstance(given, str) else "rule"),
]
"""Told apart by their shape, so that a mistake in a rule is not also one in a word."""


class _Due(_Section):
    day: int = Field(15, ge=1, le=31)
    months_later: int = Field(0, ge=0, le=12)


class _Terms(_Section):
    """What an estate says; what it leaves out is the default's."""

    due: _Due | None = None
    late_fee: _LateFeeOrNone | None = None
    longest_promise: int | None = Field(None, ge=1, le=366)


@dataclass(frozen=True, slots=True)
class Terms:
    """The rules of one estate."""

    due_day: int = 15
    """Of the month; in a month that is shorter its last day."""
    due_months_later: int = 0
    """0: a bill is due in its own month."""
    late_fee: LateFeeRule | None = None
    longest_promise: int = LONGEST_PROMISE
    """Days from today within which a promised day lies."""

    def due_on(self, month: str) -> date:
        """Return when the bill of a month (``2026-10``) is due unless its list says otherwise."""
        return kinds.day_of_month(kinds.month_after(month, self.due_months_later), self.due_day)


class FeeRules(_Section):
    """All of the file."""

    default: _Terms = _Terms()
    estates: dict[str, _Terms] = {}
    items: dict[str, kinds.ItemKind] = {}
    """Headings of lists besides the known ones: what kind of fee they are."""

    def terms(self, estate: str) -> Terms:
        """Return the rules of an estate."""
        own, base = self.estates.get(estate, _Terms()), self.default
        due = own.due or base.due or _Due()
        fee = own.late_fee or base.late_fee or "none"
        return Terms(
            due_day=due.day,
            due_months_later=due.months_later,
            late_fee=None if fee == "none" else fee.rule(),
            longest_promise=own.longest_promise or base.longest_promise or LONGEST_PROMISE,
        )

    @property
    def wordings(self) -> Mapping[tuple[str, ...], str]:
        """Prompts that say late-fee rules, by where they stand in the file."""
        places = {("default",): self.default} | {("estates", name): t for name, t in self.estates.items()}
        return {
            (*where, "late_fee"): terms.late_fee.rule().wording
            for where, terms in places.items()
            if isinstance(terms.late_fee, _LateFee)
        }


def load(folder: Path) -> FeeRules:
    """Read and check the file of a folder, or the shipped one where it has none.

    Raises :class:`~hotline.call.errors.InvalidInput` with every problem and its line.
    """
    found, _, problems = _read(folder)
    if found is None or problems:
        raise InvalidInput(problems)
    return found


def _read(folder: Path) -> tuple[FeeRules | None, yamlsource.Document, tuple[Problem, ...]]:
    document = yamlsource.read(file_of(folder, FILE))
    found, problems = yamlsource.as_far_as_it_holds(FeeRules, document)
    problems += tuple(
        document.problem(("items", heading), f'"{heading}" is a column of its own in every list')
        for heading in (found.items if found is not None else ())
        if kinds.is_taken(heading)
    )
    return found, document, problems


def open_rules(config: Path, *, last_good: Path | None = None) -> KeptConfig[FeeRules]:
    """Keep the file in service; raises :class:`~hotline.call.errors.InvalidInput`."""
    return KeptConfig(config, FILE, load, last_good=last_good)


def unknown_names(config: Path, *, estates: Collection[str], said: Callable[[str], bool]) -> list[Problem]:
    """Return estates that ``hotline.yaml`` does not have, and rules that nobody hears: warnings.

    Together with everything that is wrong. Raises :class:`~hotline.call.errors.InvalidInput` when the file
    cannot be read or is no YAML.
    """
    found, document, problems = _read(config)
    if found is None:
        return list(problems)
    known = ", ".join(estates)
    problems += tuple(
        document.problem(("estates", name), f'no estate "{name}" in hotline.yaml ({known})', warning=True)
        for name in found.estates
        if name not in estates
    )
    problems += tuple(
        document.problem(where, _unsaid(wording), warning=True)
        for where, wording in found.wordings.items()
        if not wording or not said(wording)
    )
    return sorted(problems, key=lambda problem: problem.line)


def _unsaid(wording: str) -> str:
    if wording:
        return f'no prompt "{wording}": the rule is not said'
    return (
        f"the recorded words say {_IN_WORDS} %, so this rule is not said: record it "
        "(prompts/zh/late_fee_ours.wav) and add wording: late_fee_ours"
    )
