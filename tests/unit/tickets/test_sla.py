from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ticket_kit import AT, ROOT, SHANGHAI, OfficeHours, policy_of, shipped

from hotline.call.errors import InvalidInput
from hotline.call.ports import TicketKind, Urgency
from hotline.duty.service import DutyBook
from hotline.tickets.life import TicketState
from hotline.tickets.policy import LimitName, load
from hotline.tickets.sla import TicketFacts, due_events, limits, respond_by

POLICY = shipped()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
S = TicketState


def facts(kind="repair", urgency="ordinary", **changed):
    return TicketFacts(**({"kind": TicketKind(kind), "urgency": Urgency(urgency), "began_at": AT} | changed))


def dues(found):
    return {limit.name.value: limit.due_at for limit in found}


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


# --- the table ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "urgency", "fault", "expected"),
    [
        ("repair", "urgent", "", {"first_response": MINUTE, "on_site": 30 * MINUTE}),
        ("repair", "ordinary", "", {"first_response": 10 * MINUTE, "feedback": 4 * HOUR}),
        ("repair", "ordinary", "shared_lift",
         {"first_response": 10 * MINUTE, "feedback": 4 * HOUR, "solved": 30 * MINUTE}),
        ("repair", "urgent", "shared_water",
         {"first_response": MINUTE, "on_site": 30 * MINUTE, "solved": 30 * MINUTE}),
        ("repair", "ordinary", "lighting",
         {"first_response": 10 * MINUTE, "feedback": 4 * HOUR, "solved": 8 * HOUR}),
        ("repair", "ordinary", "complex_lighting",
         {"first_response": 10 * MINUTE, "feedback": 4 * HOUR, "solved": 48 * HOUR}),
        ("complaint", "ordinary", "",
         {"first_response": HOUR, "on_site": HOUR, "feedback": 4 * HOUR, "solved": 8 * HOUR}),
        ("complaint", "serious", "",
         {"first_response": MINUTE, "on_site": HOUR, "feedback": 4 * HOUR, "solved": 7 * DAY}),
        ("request", "ordinary", "", {"first_response": HOUR}),
        ("enquiry", "ordinary", "", {"first_response": DAY, "feedback": 2 * DAY, "solved": 3 * DAY}),
        ("suggestion", "ordinary", "", {"first_response": DAY, "feedback": 2 * DAY, "solved": 3 * DAY}),
        ("message", "ordinary", "", {}),
        ("message", "urgent", "", {"first_response": MINUTE, "on_site": 30 * MINUTE}),
        ("enquiry", "serious", "", {"first_response": MINUTE}),
    ],
)  # fmt: skip
def test_the_shipped_policy_is_the_table_of_the_trade(kind, urgency, fault, expected):
    found = limits(POLICY, facts(kind, urgency, fault=fault), OfficeHours())
    assert dues(found) == {name: AT + span for name, span in expected.items()}


def test_a_visit_by_appointment_is_due_at_the_promised_time():
    promised = AT + 5 * HOUR
    assert dues(limits(POLICY, facts(promised_at=promised), None))["on_site"] == promised
    assert "promised" not in dues(limits(POLICY, facts(promised_at=promised), None))


def test_any_other_promise_is_a_limit_of_its_own():
    found = dues(limits(POLICY, facts("complaint", promised_at=AT + 5 * HOUR), None))
    assert found["promised"] == AT + 5 * HOUR


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("message", {"first_response": HOUR}),
        ("complaint", {"first_response": HOUR, "feedback": 4 * HOUR, "solved": 8 * HOUR}),
    ],
)
def test_a_ticket_that_waits_for_a_window_has_its_whole_time_from_the_opening_on(kind, expected):
    waiting = facts(kind, due_at=AT + 3 * DAY)
    found = limits(POLICY, waiting, None)
    assert dues(found) == {name: AT + 3 * DAY + span for name, span in expected.items()}
    assert {limit.began_at for limit in found} == {AT + 3 * DAY}
    assert due_events(found, AT + 3 * DAY) == ()
    assert respond_by(POLICY, waiting, found) == AT + 3 * DAY, "what the caller is told: delivered then"


def test_a_new_round_after_the_opening_counts_from_its_own_beginning():
    found = dues(limits(POLICY, facts("complaint", began_at=AT + DAY, due_at=AT), None))
    assert found["feedback"] == AT + DAY + 4 * HOUR


def test_a_ticket_that_waits_for_a_window_stands_still_as_any_other():
    states = ((S.REGISTERED, AT), (S.POSTPONED, AT + HOUR), (S.ACCEPTED, AT + DAY + 2 * HOUR))
    found = dues(limits(POLICY, facts("complaint", due_at=AT + DAY, states=states), None))
    assert found["solved"] == AT + DAY + 10 * HOUR


def test_at_once_is_said_as_at_once_and_missed_after_the_grace():
    urgent = facts(urgency="urgent", due_at=AT + DAY)
    found = limits(POLICY, urgent, None)
    assert respond_by(POLICY, urgent, found) == AT
    first = next(limit for limit in found if limit.name is LimitName.FIRST_RESPONSE)
    assert [(level.percent, level.at) for level in first.levels] == [(100, AT + MINUTE)]


# --- working time -------------------------------------------------------------------------------


def test_working_time_counts_open_hours_only(tmp_path):
    policy = policy_of("limits: {complaint: {ordinary: {solved: {time: 10h, window: office}}}}", tmp_path)
    friday = local("2026-11-27 15:00")
    (limit,) = limits(policy, facts("complaint", began_at=friday), OfficeHours())
    assert limit.due_at == local("2026-12-01 09:00") - 16 * HOUR  # 2 h on Friday, 8 h until Monday 17:00
    assert [level.at for level in limit.levels[:2]] == [
        local("2026-11-30 12:00"), local("2026-11-30 15:00"),
    ]  # fmt: skip


def test_a_holiday_does_not_count():
    serious = facts("complaint", "serious")
    without = dues(limits(POLICY, serious, OfficeHours()))["solved"]
    with_one = dues(limits(POLICY, serious, OfficeHours(holidays=("2026-11-25",))))["solved"]
    assert (without, with_one) == (AT + 7 * DAY, AT + 8 * DAY)


def test_working_days_of_the_shipped_hours_know_holidays_and_adjusted_workdays():
    book = DutyBook(ROOT / "config", SHANGHAI)
    before_the_holiday = local("2026-09-30 10:00")  # 1 to 7 October rest, Saturday the 10th is worked 补班
    found = limits(POLICY, facts("complaint", "serious", began_at=before_the_holiday), book)
    assert dues(found)["solved"] == local("2026-10-13 10:00")
    assert set(POLICY.windows().values()) <= book.windows


@pytest.mark.parametrize("hours", [None, "unknown window"])
def test_a_window_nobody_knows_counts_calendar_time_rather_than_never(hours, tmp_path):
    text = "limits: {complaint: {ordinary: {solved: {time: 5h, window: gone}}}}"
    (limit,) = limits(policy_of(text, tmp_path), facts("complaint"), OfficeHours() if hours else None)
    assert limit.due_at == AT + 5 * HOUR


# --- standing still -----------------------------------------------------------------------------


def history(*steps):
    return tuple((S(state), AT + minutes * MINUTE) for state, minutes in steps)


def test_a_limit_stands_still_only_while_and_where_the_policy_says_so():
    lift = facts(fault="shared_lift", states=history(("registered", 0), ("postponed", 10), ("accepted", 70)))
    found = dues(limits(POLICY, lift, None))
    assert found["solved"] == AT + 90 * MINUTE
    assert (found["first_response"], found["feedback"]) == (AT + 10 * MINUTE, AT + 4 * HOUR)


def test_while_it_stands_still_it_is_due_at_no_time_but_what_came_before_stays():
    lift = facts(fault="shared_lift", states=history(("registered", 0), ("postponed", 20)))
    solved = next(limit for limit in limits(POLICY, lift, None) if limit.name is LimitName.SOLVED)
    assert solved.due_at is None
    assert [(level.percent, level.at) for level in solved.levels] == [(50, AT + 15 * MINUTE)]


def test_working_time_and_standing_still_go_together(tmp_path):
    text = """
    pause: {postponed: [solved]}
    limits: {complaint: {ordinary: {solved: {time: 8h, window: office}}}}
    """
    asked = facts(
        "complaint",
        states=((S.REGISTERED, AT), (S.POSTPONED, local("2026-11-23 12:00")),
                (S.ACCEPTED, local("2026-11-24 16:00"))),
    )  # fmt: skip
    (limit,) = limits(policy_of(text, tmp_path), asked, OfficeHours())
    assert limit.due_at == local("2026-11-25 14:00")  # 2 h + 1 h + 5 h


def test_a_clock_set_back_between_two_changes_never_runs_time_backwards():
    back = facts(fault="shared_lift", states=history(("registered", 0), ("postponed", 20), ("accepted", 5)))
    assert dues(limits(POLICY, back, None))["solved"] == AT + 30 * MINUTE


# --- what is due --------------------------------------------------------------------------------


def test_warnings_come_at_50_and_80_per_cent_then_the_breach():
    found = limits(POLICY, facts("request"), None)
    told = [
        (event.percent, event.breach)
        for minutes in (29, 30, 47, 48, 59, 60, 600)
        for event in due_events(found, AT + minutes * MINUTE)[-1:]
    ]
    assert told == [(50, False), (50, False), (80, False), (80, False), (100, True), (100, True)]
    assert [event.percent for event in due_events(found, AT + 2 * HOUR)] == [50, 80, 100]


def test_a_limit_met_in_time_tells_nothing_any_more():
    met = facts("request", met={LimitName.FIRST_RESPONSE: AT + 40 * MINUTE})
    assert [event.percent for event in due_events(limits(POLICY, met, None), AT + DAY)] == [50]


def test_a_limit_met_too_late_was_missed():
    late = facts("request", met={LimitName.FIRST_RESPONSE: AT + 61 * MINUTE})
    assert [event.percent for event in due_events(limits(POLICY, late, None), AT + DAY)] == [50, 80, 100]


def test_a_ticket_that_ended_misses_nothing_more():
    ended = facts("complaint", ended_at=AT + 61 * MINUTE)
    names = {(event.name.value, event.percent) for event in due_events(limits(POLICY, ended, None), AT + DAY)}
    assert ("first_response", 100) in names
    assert ("feedback", 50) not in names


instants = st.integers(0, 20_000).map(lambda minutes: AT + minutes * MINUTE)


@st.composite
def any_facts(draw):
    known = sorted(POLICY.faults)
    steps = draw(st.lists(st.tuples(st.sampled_from(S), instants), max_size=8))
    return TicketFacts(
        kind=draw(st.sampled_from(TicketKind)),
        urgency=draw(st.sampled_from(Urgency)),
        fault=draw(st.sampled_from(["", *known])),
        began_at=AT,
        due_at=draw(st.none() | instants),
        promised_at=draw(st.none() | instants),
        states=((S.REGISTERED, AT), *steps),
        met=draw(st.dictionaries(st.sampled_from(LimitName), instants)),
        ended_at=draw(st.none() | instants),
    )


@given(any_facts(), instants, instants)
def test_what_is_due_only_grows_with_time_and_comes_in_order(asked, one, other):
    found = limits(POLICY, asked, OfficeHours())
    early, late = (due_events(found, at) for at in sorted((one, other)))
    assert set(early) <= set(late)
    assert len({(event.name, event.percent) for event in late}) == len(late)
    for limit in found:
        instants_of = [level.at for level in limit.levels]
        assert instants_of == sorted(instants_of)
        assert (limit.due_at is None) == (not limit.levels or limit.levels[-1].percent != 100)


@given(any_facts())
def test_standing_still_never_makes_a_limit_earlier(asked):
    still = dues(limits(POLICY, asked, None))
    through = dues(limits(POLICY.model_copy(update={"pause": {}}), asked, None))
    for name, due in still.items():
        assert due is None or due >= through[name]


# --- the file -----------------------------------------------------------------------------------


def test_every_mistake_is_found_with_its_line(tmp_path):
    path = tmp_path / "sla.yaml"
    path.write_text(
        """\
warn_at: [80, 50]
at_once_within: 0m
pause:
  nosuch: [solved]
limits:
  repair:
    ordinary: {first_response: soon, solved: by appointment}
    faults:
      lift: {solved: 30, on_sight: 1h}
      Big: {solved: 1h}
  complaint:
    urgent: {on_site: {window: office}, feedback: 900d}
  gardening: {}
""",
        encoding="utf-8",
    )
    with pytest.raises(InvalidInput) as caught:
        load(path)
    found = {(problem.line, problem.where) for problem in caught.value.problems}
    assert found == {
        (1, "warn_at"), (2, "at_once_within"), (4, "pause.nosuch"),
        (7, "limits.repair.ordinary.first_response"), (7, "limits.repair.ordinary.solved"),
        (9, "limits.repair.faults.lift.solved"), (9, "limits.repair.faults.lift.on_sight"),
        (10, "limits.repair.faults.Big"), (12, "limits.complaint.urgent.on_site"),
        (12, "limits.complaint.urgent.feedback"), (13, "limits.gardening"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("pause: {closed: [solved]}\nlimits: {}", "nothing runs any more"),
        ("pause: {postponed: [promised]}\nlimits: {}", "does not stand still"),
        ("warn_at: [100]\nlimits: {}", "less than 100"),
        ("{}", "limits"),
        ("limits: [", "not valid YAML"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(tmp_path, text, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        policy_of(text, tmp_path)


def test_an_unknown_window_is_named_with_those_there_are(tmp_path):
    path = tmp_path / "sla.yaml"
    path.write_text("limits:\n  request:\n    ordinary:\n      solved: {time: 1d, window: ofice}\n")
    with pytest.raises(InvalidInput) as caught:
        load(path, windows=frozenset({"office", "workdays"}))
    (problem,) = caught.value.problems
    assert (problem.line, problem.where) == (4, "limits.request.ordinary.solved.window")
    assert "office, workdays" in problem.message


@pytest.mark.parametrize(
    ("text", "span"),
    [("10m", 10 * MINUTE), ("1h30m", 90 * MINUTE), ("2d 4h", 52 * HOUR), ("90s", 1.5 * MINUTE), ("1H", HOUR)],
)
def test_spans_are_written_as_people_do(tmp_path, text, span):
    policy = policy_of(f"at_once_within: {text}\nlimits: {{}}", tmp_path)
    assert policy.at_once_within == span


def test_the_fingerprint_changes_with_the_limits_and_not_with_the_wording(tmp_path):
    one = policy_of("limits: {request: {ordinary: {solved: 60m}}}", tmp_path)
    same = policy_of("# hello\nwarn_at: [50, 80]\nlimits:\n  request: {ordinary: {solved: 1h}}", tmp_path)
    others = [
        policy_of(f"limits: {{request: {{ordinary: {{solved: {cell}}}}}}}", tmp_path)
        for cell in ("61m", "at once", "{time: 1h, window: office}")
    ]
    assert one.fingerprint == same.fingerprint
    assert len({policy.fingerprint for policy in (one, *others)}) == 4
