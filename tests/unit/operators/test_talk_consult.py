from __future__ import annotations

import pytest

from hotline.call.errors import DialBusy, DialDeclined, DialFailed, DialNoAnswer
from hotline.call.ports import Phrase
from hotline.operators.seat import TalkEnd
from tests.unit.operators.talk_kit import (
    BEEP,
    MUSIC,
    RINGBACK,
    Scene,
    run_virtual,
    settle,
    sounding,
    was_played,
)

ASKED = [Phrase.CONSULT, Phrase.CONSULT_QUESTION]


def test_while_somebody_is_rung_the_caller_hears_music_and_the_operator_ringing():
    async def scene():
        s = await Scene().begin()
        state = await s.do("consult", to="602", name="张女士", matter="漏水")
        assert (sounding(s.caller), sounding(s.operator)) == (MUSIC, RINGBACK)
        assert state["consulting"] == "3-2-602" and state["third"] == "ringing"
        order = s.phones.orders[-1]
        assert (order.to, order.linkedid, order.timeout) == ("sip:602@pbx", "caller", 20.0)
        assert order.card["matter"] == "漏水"

    run_virtual(scene())


def test_who_is_asked_hears_name_and_matter_and_the_keys_and_nobody_hears_them_yet():
    async def scene():
        s = await Scene().begin()
        target = await s.consult(name="张女士", matter="漏水")
        await settle(3)
        assert was_played(target) == ASKED
        facts = next(facts for phrase, facts in s.words.facts if phrase is Phrase.CONSULT)
        assert facts == {"name": "张女士", "matter": "漏水", "operator": "1001"}
        assert target.hears == s.operator.hears == s.caller.hears == ()
        assert sounding(s.operator) is MUSIC

    run_virtual(scene())


def test_name_and_matter_are_those_of_the_queue_when_the_operator_gives_none():
    async def scene():
        s = await Scene().begin()
        await s.consult()
        facts = next(facts for phrase, facts in s.words.facts if phrase is Phrase.CONSULT)
        assert (facts["name"], facts["matter"]) == ("王先生", "投诉")

    run_virtual(scene())


def test_a_yes_lets_operator_and_target_talk_while_the_caller_hears_music():
    async def scene():
        s = await Scene().begin()
        target = await s.agreed()
        assert target.bridged_with is s.operator and sounding(s.caller) is MUSIC
        assert ("operator", "BRIDGE_ENTER", {"with": target.facts.leg}) in s.log.events
        assert s.log.detail("CONSULT_ANSWER")["consent"] == "key"

    run_virtual(scene())


def test_who_need_not_be_asked_talks_as_soon_as_they_answer():
    async def scene():
        s = await Scene().begin()
        target = await s.consult("88")
        assert target.bridged_with is s.operator and was_played(target) == []

    run_virtual(scene())


def test_nine_says_it_again():
    async def scene():
        s = await Scene().begin()
        target = await s.consult()
        await settle(5)
        target.far_presses("9")
        await settle(5)
        assert was_played(target) == ASKED + ASKED
        target.far_presses("1")
        await settle()
        assert target.bridged_with is s.operator

    run_virtual(scene())


def test_who_keeps_pressing_nine_has_not_agreed():
    async def scene():
        s = await Scene().begin()
        target = await s.consult()
        for _ in range(6):
            target.far_presses("9")
            await settle()
        assert target.over and s.caller.bridged_with is s.operator

    run_virtual(scene())


@pytest.mark.parametrize("key", ["3", "0", "#", "*"])
def test_other_keys_are_no_answer(key):
    async def scene():
        s = await Scene().begin()
        target = await s.consult()
        target.far_presses(key)
        await settle()
        assert s.talk.state()["third"] == "asked" and not target.over

    run_virtual(scene())


def test_a_no_brings_the_caller_back_and_tells_only_the_operator():
    async def scene():
        s = await Scene().begin()
        target = await s.consult()
        target.far_presses("2")
        await settle()
        assert target.over and s.caller.bridged_with is s.operator
        assert sounding(s.operator) is Phrase.CONSULT_REFUSED
        assert sounding(s.caller) is Phrase.HOLD_RETURN
        assert s.log.detail("CONSULT_END")["reason"] == "refused"

    run_virtual(scene())


def test_silence_after_the_question_was_asked_twice_counts_as_no():
    async def scene():
        s = await Scene(answer_patience=6.0, questions=2).begin()
        target = await s.consult()
        await settle(19.5)
        assert was_played(target) == ASKED + ASKED and s.talk.state()["third"] == "asked"
        await settle(1.5)
        assert target.over and sounding(s.operator) is Phrase.CONSULT_SILENT
        assert s.caller.bridged_with is s.operator

    run_virtual(scene())


def test_a_question_that_no_menu_words_is_still_over_some_time():
    async def scene():
        s = await Scene(silent=ASKED).begin()
        target = await s.consult()
        await settle(30)
        assert target.over and s.caller.bridged_with is s.operator

    run_virtual(scene())


@pytest.mark.parametrize(
    ("failure", "phrase", "reason"),
    [
        (DialBusy("busy"), Phrase.CONSULT_SILENT, "busy"),
        (DialDeclined("no"), Phrase.CONSULT_REFUSED, "declined"),
        (DialNoAnswer("nobody"), Phrase.CONSULT_SILENT, "no_answer"),
        (DialFailed("404"), Phrase.CONSULT_SILENT, "failed"),
        (RuntimeError("a fault of ours"), Phrase.CONSULT_SILENT, "failed"),
    ],
)
def test_who_cannot_be_reached_brings_the_caller_back(failure, phrase, reason):
    async def scene():
        s = await Scene().begin()
        await s.do("consult", to="602")
        await s.phones.fail(failure)
        assert s.caller.bridged_with is s.operator
        assert (sounding(s.operator), sounding(s.caller)) == (phrase, Phrase.HOLD_RETURN)
        assert s.log.detail("CONSULT_END")["reason"] == reason

    run_virtual(scene())


def test_nobody_is_rung_for_longer_than_the_rules_say():
    async def scene():
        s = await Scene(target_rings=20.0).begin()
        await s.do("consult", to="602")
        await settle(21)
        assert s.phones.ringing == 0 and s.caller.bridged_with is s.operator

    run_virtual(scene())


@pytest.mark.parametrize("how", ["hangs up", "vanishes"])
@pytest.mark.parametrize("when", ["asked", "talking"])
def test_who_leaves_during_the_consultation_brings_the_caller_back(how, when):
    async def scene():
        s = await Scene().begin()
        target = await (s.agreed() if when == "talking" else s.consult())
        target.far_hangs_up() if how == "hangs up" else s.vanish(target)
        await settle()
        assert s.caller.bridged_with is s.operator and sounding(s.caller) is Phrase.HOLD_RETURN

    run_virtual(scene())


def test_completing_connects_the_caller_and_the_record_says_who_consented():
    async def scene():
        s = await Scene().begin()
        target = await s.agreed()
        await s.do("complete")
        assert s.caller.bridged_with is target and s.operator.over and s.lefts == ["1001"]
        transfer = s.log.detail("ATTENDEDTRANSFER")
        assert (transfer["by"], transfer["name"], transfer["consent"]) == ("1001", "3-2-602", "key")
        target.far_hangs_up()
        result = await s.result()
        assert (result.end, result.who) == (TalkEnd.TRANSFERRED, "3-2-602")

    run_virtual(scene())


def test_completing_waits_for_the_consent():
    async def scene():
        s = await Scene().begin()
        target = await s.consult()
        assert "has not agreed" in (await s.refused("complete")).sentence
        assert "has not agreed" in (await s.refused("conference")).sentence
        assert not target.over

    run_virtual(scene())


def test_an_operator_who_hangs_up_with_an_agreed_party_has_completed_the_transfer():
    async def scene():
        s = await Scene().begin()
        target = await s.agreed()
        s.operator.far_hangs_up()
        await settle()
        assert s.caller.bridged_with is target
        assert s.log.detail("ATTENDEDTRANSFER")["how"] == "hangup"

    run_virtual(scene())


def test_an_operator_who_hangs_up_while_somebody_is_rung_has_transferred_blindly():
    async def scene():
        s = await Scene().begin()
        await s.do("consult", to="88")
        s.operator.far_hangs_up()
        await settle()
        assert sounding(s.caller) is Phrase.TRANSFERRING
        target = await s.phones.answer()
        assert s.caller.bridged_with is target

    run_virtual(scene())


def test_without_the_right_to_that_they_are_rung_again():
    async def scene():
        s = await Scene(may=()).begin()
        await s.do("consult", to="88")
        s.operator.far_hangs_up()
        await settle()
        assert s.phones.orders[-1].to == "sip:1001@pbx" and s.phones.ringing == 1
        again = await s.phones.answer()
        assert s.caller.bridged_with is again

    run_virtual(scene())


@pytest.mark.parametrize("agreed", [False, True])
def test_cancelling_takes_the_caller_back_with_thanks(agreed):
    async def scene():
        s = await Scene().begin()
        target = await (s.agreed() if agreed else s.consult())
        await s.do("cancel")
        assert target.over and s.caller.bridged_with is s.operator
        assert sounding(s.caller) is Phrase.HOLD_RETURN

    run_virtual(scene())


def test_cancelling_stops_the_ringing():
    async def scene():
        s = await Scene().begin()
        await s.do("consult", to="602")
        await s.do("cancel")
        assert s.phones.ringing == 0 and s.phones.legs == []

    run_virtual(scene())


def test_dropping_the_other_party_leaves_the_caller_on_hold():
    async def scene():
        s = await Scene().begin()
        target = await s.agreed()
        await s.do("drop")
        assert target.over and sounding(s.caller) is MUSIC and s.talk.state()["held"]
        await s.do("resume")
        assert s.caller.bridged_with is s.operator

    run_virtual(scene())


def test_in_a_conference_each_hears_the_two_others():
    async def scene():
        s = await Scene().begin()
        target = await s.agreed()
        await s.do("conference")
        legs = {s.caller, s.operator, target}
        for leg in legs:
            assert set(leg.hears) == legs - {leg} and sounding(leg) is None
        assert s.log.detail("CONFERENCE")["consent"] == "key"

    run_virtual(scene())


@pytest.mark.parametrize("action", ["leave", "complete", "hangs up", "vanishes"])
def test_an_operator_may_leave_a_conference_and_the_rest_goes_on(action):
    async def scene():
        s = await Scene().begin()
        target = await s.agreed()
        await s.do("conference")
        if action == "hangs up":
            s.operator.far_hangs_up()
        elif action == "vanishes":
            s.vanish(s.operator)
        else:
            await s.do(action)
        await settle()
        assert s.caller.bridged_with is target and s.operator.over and s.lefts == ["1001"]

    run_virtual(scene())


@pytest.mark.parametrize("action", ["cancel", "drop", "third hangs up"])
def test_without_the_third_party_a_conference_is_a_talk_again(action):
    async def scene():
        s = await Scene().begin()
        target = await s.agreed()
        await s.do("conference")
        if action == "third hangs up":
            target.far_hangs_up()
            await settle()
        else:
            await s.do(action)
        assert target.over and s.caller.bridged_with is s.operator
        assert not s.talk.state()["conference"]

    run_virtual(scene())


def test_an_outside_line_is_warned_and_ended_after_its_longest_time():
    async def scene():
        s = await Scene(warning=30.0).begin()
        target = await s.consult("9")
        await s.do("complete")
        await settle(71)
        assert was_played(target) == was_played(s.caller)[-1:] == [BEEP]
        result = await s.result()
        assert result.end is TalkEnd.TRANSFERRED
        await settle()
        assert target.over and s.switchboard.costs == [("外线", target.facts.leg, "1001")]

    run_virtual(scene())


def test_a_consulted_colleague_gets_no_caller_of_a_queue_meanwhile():
    async def scene():
        s = await Scene().begin()
        await s.consult("1002")
        assert s.engage.busy == {"1002"}
        await s.do("cancel")
        assert s.engage.busy == set()

    run_virtual(scene())


def test_a_colleague_who_talks_is_not_rung_and_the_caller_is_not_put_on_music():
    async def scene():
        s = await Scene().begin()
        s.engage.busy.add("1002")
        assert (await s.refused("consult", to="1002")).code == "operator-talking"
        assert s.caller.bridged_with is s.operator and s.phones.orders == []

    run_virtual(scene())


def test_whom_nobody_knows_is_refused_and_nothing_changes():
    async def scene():
        s = await Scene().begin()
        assert "777" in (await s.refused("consult", to="777")).sentence
        assert (await s.refused("consult", to=" ")).code == "nobody-named"
        assert s.caller.bridged_with is s.operator

    run_virtual(scene())


def test_what_every_third_leg_cost_is_written_down_also_when_the_caller_leaves():
    async def scene():
        s = await Scene().begin()
        target = await s.agreed()
        await s.caller_leaves()
        assert target.over and s.switchboard.costs == [("3-2-602", target.facts.leg, "1001")]

    run_virtual(scene())


def test_who_answers_in_the_very_moment_the_caller_leaves_is_let_go_and_what_it_cost_written_down():
    async def scene():
        s = await Scene().begin()
        await s.do("consult", to="602")
        s.phones.picked_up()
        await s.caller_leaves()
        [target] = s.phones.legs
        assert target.over and [leg for _, leg, _ in s.switchboard.costs] == [target.facts.leg]

    run_virtual(scene())


def test_a_dialler_that_has_an_answer_although_it_was_called_off_leaves_nobody_on_a_line():
    async def scene():
        s = await Scene().begin()
        s.phones.stubborn = True
        await s.do("consult", to="602")
        await s.caller_leaves()
        await settle()
        await s.tools.farewells.close()
        [target] = s.phones.legs
        assert target.over and len(s.switchboard.costs) == 1

    run_virtual(scene())
