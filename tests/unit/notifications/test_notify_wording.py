from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from notify_kit import ESTATES, KNOWN
from pydantic import ValidationError

from hotline.call.ports import Urgency
from hotline.notifications.alarmkinds import AlarmKind
from hotline.notifications.backoff import LONGEST_PAUSE, pause_after
from hotline.notifications.composer import Composer
from hotline.notifications.eventkinds import KINDS
from hotline.notifications.facts import Fact, FactKind, visible, without_numbers
from hotline.notifications.hysteresis import Hysteresis
from hotline.notifications.kernel_clock import synchronised
from hotline.notifications.loader import shipped_templates
from hotline.notifications.port import Event
from hotline.notifications.routes import Happening, Route, channels_for
from hotline.notifications.templates import Template, Wordings

ZONE = ESTATES[0].zone
SECRETS = ("张伟", "13800001111", "水管漏水")


TEMPLATES, WORDS = shipped_templates()


def wordings(**own) -> Wordings:
    return Wordings(templates={**TEMPLATES, **own}, words=WORDS)


def render(kind, facts, qualifier="", language="zh", words=None):
    return (words or wordings()).render(kind, qualifier, facts, language=language, zone=ZONE)


def test_what_a_channel_may_not_see_is_masked_or_left_out():
    masked = {name: fact.value for name, fact in visible(KNOWN, personal=False).items()}
    assert masked["caller_name"] == "张*"
    assert masked["caller_number"] == "138****1111"
    assert "description" not in masked
    assert masked["place"] == "3-2-602"
    whole = visible(KNOWN, personal=True)
    assert {name: fact.value for name, fact in whole.items()}["description"] == "厨房水管漏水"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call 13800001111 back", "call 138****1111 back"),
        ("+86 138 0000 1111", "*"),
        ("0539-1234567", "*"),
        ("202611230001", "202611230001"),
        ("2026-11-23T02:00:00", "2026-11-23T02:00:00"),
        ("8001", "8001"),
    ],
)
def test_numbers_inside_other_facts_are_masked_and_ticket_numbers_are_not(text, masked):
    found = without_numbers(text)
    assert found == masked if masked != "*" else "0000" not in found and "234" not in found


def test_a_caller_that_is_no_number_is_masked_like_a_name():
    assert visible({"n": Fact("zhangwei", FactKind.NUMBER)}, personal=False)["n"].value == "z*"


def test_a_new_ticket_reads_as_people_speak():
    facts = KNOWN | {"subject": Fact("202611230001"), "estate_name": Fact("示范物业")}
    title, text = render("ticket.opened", visible(facts, personal=True))
    assert title == "【紧急】新工单 202611230001 报修 3-2-602"
    assert text.splitlines() == [
        "项目：示范物业",
        "类别：报修",
        "地点：3-2-602",
        "内容：厨房水管漏水",
        "来电人：张伟 +8613800001111",
        "登记时间：11-23 10:00",
    ]


def test_lines_without_anything_to_say_are_left_out():
    _, text = render("ticket.opened", visible(KNOWN, personal=False))
    assert "内容" not in text
    assert "来电人：张* 138****1111" in text


def test_the_most_specific_wording_wins_and_unknown_kinds_have_one_too():
    own = {
        "ticket.changed.accepted": {"zh": Template(title="接单")},
        "ticket.changed": {"zh": Template(title="变更")},
    }
    words = wordings(**own)
    assert render("ticket.changed", {}, "accepted", words=words)[0] == "接单"
    assert render("ticket.changed", {}, "assigned", words=words)[0] == "变更"
    assert render("something.new", {"kind": Fact("something.new")})[0] == "something.new"


def test_a_language_without_wording_uses_the_other():
    words = wordings(**{"x": {"zh": Template(title="只有中文")}})
    assert render("x", {}, language="en", words=words)[0] == "只有中文"


def test_placeholders_are_replaced_and_nothing_is_evaluated():
    words = wordings(**{"x": {"zh": Template(title="{subject}{detail.a}", text="{0} {}")}})
    facts = {"subject": Fact("{kind}{0.__class__}"), "kind": Fact("secret")}
    with pytest.raises(ValidationError):
        Template(title="{subject.__class__}")
    assert render("x", facts, words=words) == ("{kind}{0.__class__}", "{0} {}")


def test_a_template_that_names_what_there_is_not_is_refused():
    with pytest.raises(ValidationError, match=r"no placeholder \{caller\}"):
        Template(title="{caller}")


def test_a_title_stays_one_line_whatever_a_caller_is_called():
    title, _ = render("x", {"kind": Fact("a\r\nb")})
    assert "\n" not in title and "\r" not in title


def test_every_alarm_is_worded_in_both_languages():
    facts = {"alarm": Fact("x", FactKind.TERM), "subject": Fact("trunk")}
    for kind in AlarmKind:
        assert f"alarm.raised.{kind}" in TEMPLATES
        for language in ("zh", "en"):
            assert kind.value in WORDS[language]
            assert render("alarm.raised", facts, kind.value, language)[0]
    for kind, worded in TEMPLATES.items():
        assert set(worded) == {"zh", "en"}, kind


# --- routes -----------------------------------------------------------------------------------------

ROUTES = (
    Route(events=("alarm.*",), to=("ops", "mail")),
    Route(events=("alarm.raised",), to=("boss",), alarms=frozenset({"trunk_down"})),
    Route(events=("ticket.opened",), to=("robot", "ops"), urgency=frozenset({Urgency.URGENT})),
    Route(events=("*",), to=("east",), estates=frozenset({"east"})),
)


@pytest.mark.parametrize(
    ("happening", "channels"),
    [
        ({"kind": "alarm.cleared", "estate": "*", "alarm": "trunk_down"}, ("ops", "mail")),
        ({"kind": "alarm.raised", "estate": "*", "alarm": "trunk_down"}, ("ops", "mail", "boss")),
        ({"kind": "alarm.raised", "estate": "*", "alarm": "disk_filling"}, ("ops", "mail")),
        ({"kind": "ticket.opened", "estate": "west", "urgency": "urgent"}, ("robot", "ops")),
        ({"kind": "ticket.opened", "estate": "east", "urgency": "ordinary"}, ("east",)),
        ({"kind": "ticket.opened", "estate": "west"}, ()),
        ({"kind": "alarms.other", "estate": "west"}, ()),
    ],
)
def test_events_go_where_routes_say_once_per_channel(happening, channels):
    assert channels_for(Happening(**happening), ROUTES) == channels


# --- waiting ----------------------------------------------------------------------------------------


def test_pauses_grow_from_five_seconds_to_six_hours():
    pauses = [pause_after(attempts, jitter=0.5) for attempts in range(1, 40)]
    assert pauses[:4] == [5, 15, 45, 135]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE == 6 * 3600
    assert (pause_after(1, jitter=0), pause_after(1, jitter=1)) == (4, 6)


def test_a_receiver_that_asks_for_time_gets_it_up_to_six_hours():
    assert pause_after(1, jitter=0.5, asked=90) == 90
    assert pause_after(6, jitter=0.5, asked=1) > 1000
    assert pause_after(1, jitter=0.5, asked=1e9) == LONGEST_PAUSE


def test_a_condition_counts_only_after_it_has_lasted():
    condition = Hysteresis(raise_after=60, clear_after=30)
    seen = [
        (0, True),
        (50, True),
        (55, False),
        (60, True),
        (119, True),
        (120, True),
        (130, False),
        (159, True),
    ]
    assert [condition.feed(bad, now) for now, bad in seen] == [None] * 5 + [True] * 3
    assert [condition.feed(False, now) for now in (160, 189, 190)] == [True, True, False]
    assert condition.feed(None, 500) is False
    assert condition.feed(True, 501) is False
    assert condition.feed(True, 561) is True


def test_the_kernel_says_whether_its_clock_is_kept_or_that_it_will_not_say():
    assert synchronised() in (True, False, None)


@pytest.mark.parametrize(
    "kind", sorted(kind for kind in KINDS if kind.split(".")[0] in ("operators", "message", "outside"))
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_events_around_operators_messages_and_outside_calls_have_words_of_their_own(kind, language):
    title, text = render(kind, {"subject": Fact("17"), "estate_name": Fact("示范物业")}, language=language)
    assert kind not in title
    assert text


def told(event, language="zh", own=None):
    config = SimpleNamespace(language=language, personal=False)
    plan = SimpleNamespace(wordings=own or wordings())
    found = Composer(ESTATES).word(event, {}, plan, config, urgent=False)
    return found.title, found.text.splitlines()


def event(kind, subject, **detail):
    return Event(
        id="e1", estate=ESTATES[0].id, kind=kind, subject=subject,
        at=datetime(2026, 11, 23, 2, tzinfo=UTC), detail=detail,
    )  # fmt: skip


def test_a_charge_slip_reads_as_the_cashier_needs_it():
    title, lines = told(
        event(
            "outside.charged",
            "100023",
            room="808",
            category="long_distance",
            seconds="75",
            cost="1.30",
            currency="CNY",
        )
    )
    assert title == "话费单 100023：808 1.30 元"
    assert lines[1:] == [
        "房间：808",
        "类别：长途",
        "时长：75 秒",
        "话费：1.30 元",
        "打印：hotline outside slip 100023",
    ]


def test_why_an_operator_was_paused_is_said_in_words():
    assert (
        told(event("operators.no_answer", "01", reason="line_failed"))[0]
        == "01 号话务员已被设为暂停：线路呼不通"
    )
    assert "could not be reached" in told(event("operators.no_answer", "01", reason="line_failed"), "en")[0]


def test_a_long_reason_that_is_no_term_is_cut_all_the_same():
    lines = told(event("alarm.raised", "x", reason="x" * 3000))[1]
    assert [len(line) for line in lines if line.startswith("xx")] == [500]


def test_where_a_message_did_not_arrive_is_said_with_what_to_do():
    title, lines = told(event("message.undelivered", "12", room="3-2-602", urgency="urgent"))
    assert title == "留言 12 未送达（紧急）"
    assert "房间：3-2-602" in lines
    assert not [line for line in lines if line.startswith("员工")]
