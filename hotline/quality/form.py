"""``config/quality.yaml``: the form calls are scored by, and what a score comes to. Pure but for reading."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from hotline import keptconfig, yamlsource
from hotline.call.errors import HotlineError, InvalidInput, Problem

FILE = "quality.yaml"
Points = Mapping[str, int | None]
"""By criterion; ``None``: does not apply to this call."""


class ScoreRefused(HotlineError):
    """A score that the form does not have."""

    code = "quality-score"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Criterion(_Section):
    """One thing that is looked at."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    zh: str = Field(min_length=1, max_length=60)
    en: str = Field(min_length=1, max_length=60)
    about_zh: str = Field("", max_length=400)
    about_en: str = Field("", max_length=400)
    weight: float = Field(gt=0, le=1000)
    points: int = Field(5, ge=1, le=100)
    """The most that is given."""
    optional: bool = False
    """It may not apply: no hold in the call, nothing to read back."""
    critical: bool = False
    """No points at all, and the call has failed whatever the rest is."""


class Sampling(_Section):
    """How calls are drawn."""

    calls: int = Field(5, ge=1, le=200)
    shortest: float = Field(20, ge=0, le=3600)
    """Seconds of talk."""


class Form(_Section):
    """The whole file."""

    passes: float = Field(80, alias="pass", ge=0, le=100)
    sample: Sampling = Sampling()
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1, max_length=40)]

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def kept(self) -> dict[str, Any]:
        """Return it as it stays with a score."""
        return self.model_dump(mode="json", by_alias=True, exclude={"sample"})

    @property
    def mark(self) -> str:
        """Tells forms apart: eight hex digits of what matters to a score."""
        return hashlib.sha256(self.model_dump_json(exclude={"sample"}).encode()).hexdigest()[:8]

    def check(self, points: Points) -> dict[str, int | None]:
        """Return the points in the order of the form; raises :class:`ScoreRefused` for what it has not."""
        known = {one.id: one for one in self.criteria}
        strange = [name for name in points if name not in known]
        if strange:
            raise ScoreRefused(f"The form has no {', '.join(strange)}; it has {', '.join(known)}.")
        return {name: _checked(one, points.get(name, _MISSING)) for name, one in known.items()}

    def percent(self, points: Points) -> float:
        """Return what checked points come to, 0 to 100 to one place: weighted, of what applies.

        Raises :class:`ScoreRefused` when nothing applies.
        """
        judged = [(one, given) for one in self.criteria if (given := points.get(one.id)) is not None]
        if not judged:
            raise ScoreRefused("Nothing of the form applies: leave the call out instead of scoring it.")
        whole = sum(one.weight for one, _ in judged)
        return round(100 * sum(one.weight * given / one.points for one, given in judged) / whole, 1)

    def passed(self, points: Points) -> bool:
        """Whether a call is good enough."""
        failed = any(one.critical and points.get(one.id) == 0 for one in self.criteria)
        return not failed and self.percent(points) >= self.passes


_MISSING = -1


def _checked(one: Criterion, given: int | None) -> int | None:
    if given is None:
        if not one.optional:
            raise ScoreRefused(f'"{one.id}" always applies: give it 0 to {one.points} points.')
        return None
    if given == _MISSING:
        raise ScoreRefused(f'"{one.id}" has no points: 0 to {one.points}' + _or_not(one) + ".")
    if not 0 <= given <= one.points:
        raise ScoreRefused(f'"{one.id}" has 0 to {one.points} points, not {given}.')
    return given


def _or_not(one: Criterion) -> str:
    return ", or that it does not apply" if one.optional else ""


def of_row(kept: Mapping[str, Any]) -> Form:
    """Return the form that stayed with a score."""
    return Form.model_validate(dict(kept))


def load(config: Path) -> Form:
    """Read and check the file; raises :class:`~hotline.call.errors.InvalidInput` with every problem."""
    document = yamlsource.read(keptconfig.file_of(config, FILE))
    found, problems = yamlsource.as_far_as_it_holds(Form, document)
    problems += tuple(_twice(document))
    if problems or found is None:
        raise InvalidInput(tuple(sorted(problems, key=lambda problem: problem.line)))
    return found


def _twice(document: yamlsource.Document) -> list[Problem]:
    plain = document.plain()
    listed = plain.get("criteria") if isinstance(plain, dict) else None
    seen: set[str] = set()
    found = []
    for place, one in enumerate(listed if isinstance(listed, list) else ()):
        name = one.get("id") if isinstance(one, dict) else None
        if isinstance(name, str):
            if name in seen:
                found.append(document.problem(("criteria", place, "id"), f'"{name}" is there twice'))
            seen.add(name)
    return found


class FormBook(keptconfig.KeptConfig[Form]):
    """The form in service."""

    def __init__(self, config: Path, *, last_good: Path | None = None) -> None:
        """Read it; raises :class:`~hotline.call.errors.InvalidInput` when neither copy holds."""
        super().__init__(
            config, FILE, load, last_good=last_good,
            facts=lambda form: {"criteria": len(form.criteria), "form": form.mark},
        )  # fmt: skip
