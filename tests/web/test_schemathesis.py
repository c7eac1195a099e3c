"""The whole API against its own description: requests made up from it, every answer as it says."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import replace
from pathlib import Path
from unittest import SkipTest

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import Failure, FailureGroup
from schemathesis.config import SchemathesisConfig

from hotline.accounts import tokens, users
from hotline.accounts.rights import Role, Scope
from hotline.accounts.users import NewUser
from hotline.app.api import open_api
from hotline.db.engine import Database
from hotline.home import Home
from hotline.language import numbers
from hotline.residents import rooms
from hotline.settings import Estate, Settings
from hotline.web.site import build_site

EXAMPLES = int(os.environ.get("HOTLINE_API_EXAMPLES", "2"))
"""Well-formed requests for what takes a body; half as many for the rest, and wrong ones. Nightly more."""
REFUSED = ["400", "401", "403", "404", "406", "409", "410", "412", "413", "415", "422", "428"]
TAKEN = ["2xx", "304", "401", "403", "404", "409", "410", "412", "415", "416", "422", "428"]
"""422 too: a room nobody has, a number nobody can call are well-formed and refused all the same."""
CONFIG = {
    "request-timeout": 60,
    "checks": {
        "negative_data_rejection": {"expected-statuses": REFUSED},
        "positive_data_acceptance": {"expected-statuses": TAKEN},
    },
}
NOT_HERE = ("events_follow", "webhooks_test")
"""A stream without end, and messages to addresses that were made up: they have tests of their own."""


class NoCalls:
    """A calls process that knows one operator and does what it is told."""

    async def status(self):
        return None

    async def command(self, _name, words):
        if words["action"] == "overview":
            one = {
                "number": "8", "name": "小李", "estate": "", "presence": "ready", "since": None,
                "reason": "", "line": "1008",
            }  # fmt: skip
            return {"queues": [], "waits": [], "operators": [one]}
        return {"presence": "ready", "reason": ""}


@pytest.fixture(scope="module")
def served(tmp_path_factory, template: Path):
    from webclock import ROOMS, MovedClock

    home = tmp_path_factory.mktemp("schemathesis")
    shutil.copy(template, home / "hotline.db")
    clock = MovedClock()
    db = Database(f"sqlite:///{home / 'hotline.db'}", clock=clock)
    listed = home / "rooms.csv"
    listed.write_text(ROOMS, encoding="utf-8")
    rooms.import_rooms(
        db, listed, estate="default", normalise=lambda raw: numbers.normalise(raw, country="CN", area_code="")
    )
    with db.transaction() as session:
        token = tokens.create(session, name="made up", scopes=list(Scope), by="root", at=clock.now()).token
        password = users.checked_password("correct horse wang", username="wang")
        new = NewUser(username="wang", name="小王", roles=[Role.ADMINISTRATOR])
        users.add(session, new, password, by="root", at=clock.now())
    named = Settings(estates=(Estate(id="default", name="东湖酒店"), Estate(id="west", name="西湖公寓")))
    parts = replace(open_api(Home(home), named, db, clock), calls=NoCalls())

    async def status() -> None:
        return None

    yield build_site(status, parts), token, clock
    asyncio.run(db.aclose())


@pytest.fixture(scope="module")
def description(served):
    site, _, _ = served
    config = SchemathesisConfig.from_dict(CONFIG)
    found = schemathesis.openapi.from_asgi("/api/v1/openapi.json", site, config=config)
    return found.exclude(operation_id=list(NOT_HERE))


def failures(operation, mode: GenerationMode, token: str) -> list[str]:
    """Return what was wrong with answers to made-up requests of one kind."""

    full = len(list(operation.body)) > 0 and mode is GenerationMode.POSITIVE
    wanted = EXAMPLES if full else max(EXAMPLES // 2, 1)

    @settings(
        max_examples=wanted, deadline=None, phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck), derandomize=True, database=None,
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def asked(case) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"})

    try:
        asked()
    except (FailureGroup, Failure) as found:
        return [f"{operation.label} ({mode.value}): {found}"]
    except (Unsatisfiable, SkipTest):
        return []  # an operation that takes nothing cannot be asked wrongly
    return []


@pytest.mark.timeout(500)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_to_made_up_requests_is_as_the_description_says(served, description, mode):
    _, token, clock = served
    asked, wrong = 0, []
    for found in description.get_all_operations():
        asked += 1
        clock.move(minutes=2)  # else so many wrong tokens are answered 429
        wrong += failures(found.ok(), mode, token)
    assert asked > 100
    assert not wrong, "\n\n".join(wrong)
