"""What the first process of a start does before its own work: prepares, and says what it found."""

from __future__ import annotations

from hotline.app.child import ChildLine
from hotline.app.options import RunOptions
from hotline.app.prepare import Findings, prepare
from hotline.call.errors import EnvironmentFault, InvalidInput


async def run(options: RunOptions, line: ChildLine) -> None:
    """Prepare the data folder for a start; raises what forbids it, with every problem at once."""
    report(prepare(options), line)


def report(found: Findings, line: ChildLine) -> None:
    """Say what was found, or raise it."""
    errors = tuple(problem for problem in found.problems if not problem.warning)
    if errors:
        raise InvalidInput(tuple(found.problems))
    if found.faults:
        raise EnvironmentFault("\n".join(fault.sentence for fault in found.faults))
    line.prepared(found.lines + [str(problem) for problem in found.problems])
