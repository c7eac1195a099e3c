"""``outbound.yaml`` against what there is: flows, kinds of tickets, policies."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotline.app.options import RunOptions
from hotline.app.parts import build_parts
from hotline.app.prepare import prepare
from hotline.call.clock import SystemClock
from hotline.call.errors import InvalidInput
from hotline.cli.main import app
from hotline.db.migrate import upgrade
from hotline.home import Home, shipped
from hotline.ivr.loader import FLOWS, flow_files
from hotline.outbound import policies
from hotline.outbound.policies import PolicyBook
from hotline.settings import Settings
from hotline.wakeup.config import RuleBook

RULE = "policies:\n  urgent: {}\n  follow_up: {}\n  message: {}\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    shutil.copytree(shipped("config"), tmp_path / "config")
    return Home(tmp_path)


def write(home: Home, text: str, name: str = "outbound.yaml") -> None:
    (home.config / name).write_text(text, "utf-8")


def replaced(home: Home, name: str, right: str, wrong: str) -> None:
    text = (home.config / name).read_text("utf-8")
    assert right in text
    write(home, text.replace(right, wrong, 1), name)


def checked(home: Home) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["outbound", "check", "--home", str(home.root)])
    return done.exit_code, done.stderr


def errors(home: Home) -> list[str]:
    found = prepare(RunOptions(home=home.root), running=True, starting=False)
    return [str(problem) for problem in found.problems if not problem.warning]


def book_of(home: Home, *, last_good: Path | None = None) -> PolicyBook:
    menus = home.config / "menus"
    return PolicyBook(
        home.config, last_good=last_good, flows=partial(flow_files, menus), flows_in=menus / FLOWS
    )


WRONG_FLOWS = [
    ("dispatch:\n  - {roster: emergency, policy: urgent, flow: dispach}\n", "dispatch.0.flow", "dispach", 6),
    ("follow_up: {flow: folow}\n", "follow_up.flow", "folow", 5),
    ("follow_up:\n  reopened: {policy: urgent, flow: notise}\n", "follow_up.reopened.flow", "notise", 6),
    ("messages: {flow: mesage}\n", "messages.flow", "mesage", 5),
]


@pytest.mark.parametrize(("text", "where", "name", "line"), WRONG_FLOWS)
def test_a_flow_that_is_not_there_is_refused_with_its_line_by_both_checks(home, text, where, name, line):
    write(home, RULE + text)
    code, told = checked(home)
    assert code == 2
    for found in (told, "\n".join(errors(home))):
        assert f'outbound.yaml:{line}: {where}: no flow "{name}" (there are: ' in found
        assert "dispatch, follow_up" in found


def test_the_shipped_file_names_flows_that_are_there_and_an_own_flow_counts(home):
    assert checked(home)[0] == 0
    flow = home.config / "menus" / FLOWS / "dispatch.yaml"
    own = flow.read_text("utf-8").replace("flow: dispatch\n", "flow: ours\n", 1)
    flow.with_name("ours.yaml").write_text(own, "utf-8")
    write(home, RULE + "dispatch:\n  - {roster: emergency, policy: urgent, flow: ours}\n")
    assert checked(home) == (0, "")


def test_a_wrong_flow_a_wrong_policy_and_a_wrong_window_are_told_together(home):
    text = RULE.replace("urgent: {}", "urgent: {window: nightt}")
    write(home, text + "dispatch:\n  - {roster: emergency, policy: urgnt, flow: dispach}\n")
    told = checked(home)[1]
    for word in ('no policy "urgnt"', 'no flow "dispach"', 'no window "nightt"'):
        assert word in told


def test_a_misspelt_flow_of_wake_ups_is_refused_with_its_line(home):
    replaced(home, "wakeup.yaml", "  flow: knock\n", "  flow: knok\n")
    line = (home.config / "wakeup.yaml").read_text("utf-8").splitlines().index("  flow: knok") + 1
    assert any(f'wakeup.yaml:{line}: knock.flow: no flow "knok"' in one for one in errors(home))


def test_the_file_in_service_stays_when_a_rule_names_a_flow_that_is_not_there(home):
    write(home, RULE + "dispatch:\n  - {roster: emergency, policy: urgent}\n")
    book = book_of(home)
    write(home, RULE + "dispatch:\n  - {roster: emergency, policy: urgent, flow: night}\n")
    assert book.in_service().dispatch[0].flow == "dispatch"
    assert [problem.where for problem in book.problems] == ["dispatch.0.flow"]
    folder = home.config / "menus" / FLOWS
    shutil.copy(folder / "dispatch.yaml", folder / "night.yaml")
    assert book.in_service().dispatch[0].flow == "night"
    assert book.problems == ()


def test_a_start_on_a_flow_that_is_not_there_is_refused_but_a_replacement_goes_on_as_before(home, tmp_path):
    kept = tmp_path / "kept"
    folder = home.config / "menus" / FLOWS
    shutil.copy(folder / "dispatch.yaml", folder / "night.yaml")
    write(home, RULE + "dispatch:\n  - {roster: emergency, policy: urgent, flow: night}\n")
    book_of(home, last_good=kept)
    (folder / "night.yaml").unlink()
    with pytest.raises(InvalidInput, match='no flow "night"'):
        book_of(home)
    assert book_of(home, last_good=kept).in_service().dispatch[0].flow == "night"


def test_rules_of_wake_ups_with_a_flow_that_is_not_there_stay_out(home):
    menus = home.config / "menus"
    book = RuleBook(home.config, flows=partial(flow_files, menus), flows_in=menus / FLOWS)
    before = book.in_service()
    replaced(home, "wakeup.yaml", "  flow: wakeup\n", "  flow: wakup\n")
    assert book.in_service() is before
    assert [problem.where for problem in book.problems] == ["ring.flow"]


@pytest.mark.parametrize(
    ("flow", "right", "wrong", "said"),
    [
        ("dispatch", "next: thanks", "next: thank", '"thank"'),
        ("follow_up", "flow: follow_up", "flow: folow_up", 'name it "follow_up"'),
    ],
)
def test_a_flow_file_that_does_not_hold_is_told_by_both_checks(home, flow, right, wrong, said):
    replaced(home, f"menus/{FLOWS}/{flow}.yaml", right, wrong)
    code, told = checked(home)
    assert code == 2
    for found in (told, "\n".join(errors(home))):
        assert any(f"{flow}.yaml:" in one and said in one for one in found.splitlines()), found


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        (
            "follow_up:\n  sampling: {repiar: 1.0}\n",
            "follow_up.sampling.repiar",
            'no kind of ticket "repiar"',
        ),
        (
            "dispatch:\n  - {kind: repiar, roster: emergency, policy: urgent}\n",
            "dispatch.0.kind",
            "there are: repair, complaint",
        ),
        (
            "dispatch:\n  - {urgency: urgnt, roster: emergency, policy: urgent}\n",
            "dispatch.0.urgency",
            "there are: ordinary, serious, urgent",
        ),
    ],
)
def test_a_kind_or_urgency_no_ticket_has_is_refused(home, text, where, said):
    write(home, RULE + text)
    with pytest.raises(InvalidInput) as raised:
        policies.load(home.config)
    (problem,) = raised.value.problems
    assert problem.where == where
    assert said in problem.message
    assert problem.line == 6


def test_the_process_that_places_calls_keeps_both_files_out_that_name_no_flow(home):
    upgrade(home.database_url)
    parts = build_parts(home, Settings(), SystemClock(), process="one")
    before = parts.policies.in_service(), parts.wakeups.rules.in_service()
    replaced(home, "outbound.yaml", "policy: urgent}", "policy: urgent, flow: dispach}")
    replaced(home, "wakeup.yaml", "  flow: knock\n", "  flow: knok\n")
    assert (parts.policies.in_service(), parts.wakeups.rules.in_service()) == before
    found = (*parts.policies.problems, *parts.wakeups.rules.problems)
    assert [problem.where for problem in found] == ["dispatch.0.flow", "knock.flow"]
    parts.db.close()


def test_names_that_are_nowhere_are_told_with_the_wrong_values_of_the_same_file(home):
    text = (
        "policies:\n  urgent: {ring: 1, window: nightt}\ndispatch:\n  - {roster: emergency, policy: urgnt}\n"
    )
    write(home, text + "reminders: {roster: colector}\n")
    replaced(home, "wakeup.yaml", "escalate_after: 5", "escalate_after: 50")
    replaced(home, "wakeup.yaml", "  policy: knock\n", "  policy: knok\n")
    code, told = checked(home)
    assert code == 2
    said = "\n".join(errors(home))
    for word in ('no window "nightt"', 'no policy "urgnt"', "policies.urgent.ring"):
        assert word in told
        assert word in said
    assert 'no roster "colector"' in told
    for word in ("escalate_after", 'knock.policy: no policy "knok"'):
        assert word in said


def test_a_policy_of_questions_to_owners_that_is_not_there_is_refused_with_its_line(home):
    replaced(home, "outbound.yaml", "{policy: confirmation, minutes: 5}", "{policy: confrmation, minutes: 5}")
    code, told = checked(home)
    assert code == 2
    assert 'confirmations.policy: no policy "confrmation"' in told
