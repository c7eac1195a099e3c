"""What holds for all tests."""

from __future__ import annotations

import functools
import sys
from typing import Any

import pytest
import structlog
import typer.testing
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

# A busy machine is not a mistake. Bare pytest looks for new examples each time; ./test takes the profile
# "same": a run that fails has found something about the change, and fails again.
settings.register_profile("new", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", settings.get_profile("new"), derandomize=True)
settings.load_profile("new")
# Putting all commands together takes a twelfth of a second, and would be done for each that a test runs.
typer.testing._get_command = functools.cache(typer.testing._get_command)

SLOWEST = ("first_call", "talks", "every_page", "wakeup_kills", "operator_desk", "dispatch", "staff_line")
"""Files that take minutes begin first: what is begun last is waited for alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slowest files first."""
    place = {f"test_{name}": -number for number, name in enumerate(reversed(SLOWEST), 1)}
    items.sort(key=lambda item: place.get(item.path.stem, 0))


class ByFile(LoadScopeScheduling):
    """A file goes to one worker, and all pages that share a hotline do."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        shares = file.startswith("tests/console/") and not file.endswith(("every_page.py", "first_run.py"))
        return "pages" if shares else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Have it used."""
    return ByFile(config, log)


@pytest.fixture(autouse=True, scope="session")
def logging_stays_as_it_is():
    """Commands that tests run in their own process leave its logging alone.

    They would bind every logger for good to a standard error that is closed after the test, and tests that
    read the log would find it empty. As in a process of their own, the output belongs to the answer alone.
    """
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hotline.app.logs.configure", lambda role: None)
        yield
