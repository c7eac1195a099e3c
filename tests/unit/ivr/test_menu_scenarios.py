"""The shipped scenarios: the same files ``hotline menu test`` runs."""

from __future__ import annotations

import pytest
from ivr_kit import MENUS, named, rehearsal

from hotline.ivr.loader import FLOWS
from hotline.ivr.scenario import Script, load_scripts, scenario_files

SCRIPTS = load_scripts([*scenario_files(MENUS / "tests"), *scenario_files(MENUS / FLOWS / "tests")])


@pytest.mark.parametrize("script", SCRIPTS, ids=named)
def test_the_call_goes_as_its_scenario_says(script: Script) -> None:
    differences = rehearsal().run(script)
    assert not differences, "\n".join(map(str, differences))
