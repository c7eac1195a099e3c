"""The dial plan and the tariffs in service: read together, checked together, replaced together."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from hotline import yamlsource
from hotline.call.errors import InvalidInput, Problem
from hotline.dialplan import cases, checks
from hotline.dialplan.plan import Plan
from hotline.dialplan.planfile import PlanFile
from hotline.dialplan.tariff import Tariffs
from hotline.dialplan.tarifffile import TariffFile
from hotline.keptconfig import KeptConfig, file_of

PLAN, TARIFFS, CASES = "dialplan.yaml", "tariffs.yaml", "dialplan.tests.yaml"


@dataclass(frozen=True, slots=True)
class InService:
    """What counts now."""

    plan: Plan
    tariffs: Tariffs


@dataclass(frozen=True, slots=True)
class Around:
    """What the plan refers to in ``hotline.yaml``."""

    accounts: tuple[str, ...] = ()
    outgoing: str = ""
    """The account that carries calls of trunks that name none."""
    estates: tuple[str, ...] = ()
    area_code: str = ""
    open_door: bool = False
    """Anybody may send INVITEs without an account."""


class PlanBook(KeptConfig[InService]):
    """The files in service: taken up when one changes, never replaced by what does not hold."""

    def __init__(self, config: Path, around: Around, *, last_good: Path | None = None) -> None:
        """Read them; raises :class:`~hotline.call.errors.InvalidInput` with every problem."""
        self.around = around
        super().__init__(
            config,
            (PLAN, TARIFFS),
            lambda folder: load(folder, around),
            last_good=last_good,
            facts=lambda found: {"rules": len(found.plan.rules), "tariffs": len(found.tariffs.tariffs)},
        )


def load(config: Path, around: Around) -> InService:
    """Read and check both files; raises :class:`~hotline.call.errors.InvalidInput` with every problem."""
    plan, tariffs, problems = _read(config, around)
    wrong = tuple(problem for problem in problems if not problem.warning)
    if wrong:
        raise InvalidInput(wrong)
    return InService(plan.plan(area_code=around.area_code), tariffs.made())


def warnings(config: Path, around: Around) -> list[Problem]:
    """Return what is doubtful in files that hold."""
    return [problem for problem in _read(config, around)[2] if problem.warning]


def run_cases(config: Path, found: InService, *, estate: str) -> tuple[int, list[Problem]]:
    """Run the cases beside the plan; return how many there are and what differs.

    Raises :class:`~hotline.call.errors.InvalidInput` when the file of the cases does not hold.
    """
    document = yamlsource.read(file_of(config, CASES))
    written = yamlsource.validate(cases.CaseFile, document)
    return len(written.cases), list(cases.differences(written, document, found.plan, found.tariffs, estate))


def _read(config: Path, around: Around) -> tuple[PlanFile, TariffFile, list[Problem]]:
    """Read what can be read; mistakes of form in either file end the reading, all of them told."""
    documents: dict[str, yamlsource.Document] = {}
    malformed: list[Problem] = []
    for name in (PLAN, TARIFFS):
        try:
            documents[name] = yamlsource.read(file_of(config, name))
        except InvalidInput as error:
            malformed += error.problems
    plan = _form(PlanFile, documents.get(PLAN), malformed)
    tariffs = _form(TariffFile, documents.get(TARIFFS), malformed)
    problems: list[Problem] = []
    if plan is not None:
        problems += checks.of_plan(plan, documents[PLAN])
        problems += checks.against_settings(
            plan,
            documents[PLAN],
            accounts=around.accounts,
            estates=_known(around.estates, plan),
            open_door=around.open_door,
        )
    if plan is not None and tariffs is not None:
        problems += checks.of_tariffs(plan, tariffs, documents[TARIFFS])
    if plan is None or tariffs is None:
        raise InvalidInput((*malformed, *(problem for problem in problems if not problem.warning)))
    order = {documents[PLAN].file: 0}
    return plan, tariffs, sorted(problems, key=lambda problem: (order.get(problem.file, 1), problem.line))


def _form(
    model: type[yamlsource.M], document: yamlsource.Document | None, malformed: list[Problem]
) -> yamlsource.M | None:
    if document is None:
        return None
    try:
        return yamlsource.validate(model, document)
    except InvalidInput as error:
        malformed += error.problems
        return None


def _known(estates: tuple[str, ...], plan: PlanFile) -> Collection[str]:
    """Without settings (an editor that only has the file) every estate is taken for one."""
    if estates:
        return estates
    of_trunks = {name for trunk in plan.trunks for name in trunk.estates}
    return of_trunks | {name for members in plan.members for name in members.estates} | {*plan.area_codes}
