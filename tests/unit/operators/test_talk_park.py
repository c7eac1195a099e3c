from __future__ import annotations

import pytest

from hotline.call.errors import DialBusy, OperatorRefused
from hotline.call.ports import Phrase
from hotline.operators.ownwork import OwnWork
from hotline.operators.seat import SeatedOperator, TalkEnd
from tests.unit.operators.talk_kit import MUSIC, Scene, run_virtual, settle, sounding, was_played

COLLEAGUE = SeatedOperator(number="1002", estate="default")


async def refused(doing):
    with pytest.raises(OperatorRefused) as caught:
        await doing
    return caught.value


def test_a_parked_caller_hears_music_and_the_operator_the_slot_before_they_are_free():
    async def scene():
        s = await Scene().begin()
        state = await s.do("park")
        assert state["parked"] == 1 and sounding(s.caller) is MUSIC
        assert sounding(s.operator) is Phrase.PARKED and not s.operator.over
        assert (Phrase.PARKED, {"operator": "1001", "slot": "1"}) in s.words.facts
        await settle(3)
        assert s.operator.over and s.lefts == ["1001"] and sounding(s.caller) is MUSIC
        [parked] = s.lot.parked("default")
        assert (parked.slot, parked.by, parked.topic) == (1, "1001", "投诉")

    run_virtual(scene())


def test_where_no_words_are_configured_the_operator_is_free_at_once():
    async def scene():
        s = await Scene(silent=[Phrase.PARKED]).begin()
        await s.do("park")
        assert s.operator.over and sounding(s.caller) is MUSIC

    run_virtual(scene())


def test_any_operator_fetches_a_parked_caller_at_their_own_line():
    async def scene():
        s = await Scene().begin()
        await s.do("park")
        await settle(5)
        await s.lot.unpark(1, COLLEAGUE, "headset:1002")
        await settle()
        order = s.phones.orders[-1]
        assert (order.to, order.linkedid, order.may_transfer) == ("headset:1002", "caller", True)
        assert s.engage.busy == {"1002"} and sounding(s.caller) is MUSIC
        again = await s.phones.answer()
        assert s.caller.bridged_with is again and sounding(s.caller) is Phrase.HOLD_RETURN
        assert s.log.detail("UNPARK") == {"by": "1002", "slot": "1"}
        assert s.lot.parked("default") == () and s.talk.seat.operator.number == "1002"
        again.far_hangs_up()
        assert (await s.result()).end is TalkEnd.TALKED
        assert s.engage.busy == set()

    run_virtual(scene())


def test_who_does_not_answer_leaves_the_caller_in_the_slot_for_others():
    async def scene():
        s = await Scene().begin()
        await s.do("park")
        await settle(5)
        await s.lot.unpark(1, COLLEAGUE, "headset:1002")
        await settle()
        assert "being rung" in (await refused(s.lot.unpark(1, SeatedOperator(number="1003"), "x"))).sentence
        await s.phones.fail(DialBusy("busy"))
        assert s.talk.state()["parked"] == 1 and sounding(s.caller) is MUSIC and s.engage.busy == set()
        await s.lot.unpark(1, SeatedOperator(number="1003"), "headset:1003")
        await settle()
        again = await s.phones.answer()
        assert s.caller.bridged_with is again

    run_virtual(scene())


def test_an_operator_who_is_busy_cannot_fetch_and_the_caller_stays():
    async def scene():
        s = await Scene().begin()
        await s.do("park")
        await settle(5)
        s.engage.busy.add("1002")
        assert (await refused(s.lot.unpark(1, COLLEAGUE, "headset:1002"))).code == "operator-talking"
        assert s.talk.state()["parked"] == 1 and sounding(s.caller) is MUSIC

    run_virtual(scene())


def test_who_is_not_fetched_in_time_is_given_back_to_the_operator_who_parked_them():
    async def scene():
        s = await Scene(park=120.0).begin()
        await s.do("park")
        await settle(121)
        assert s.phones.orders[-1].to == "sip:1001@pbx" and s.lot.parked("default") == ()
        again = await s.phones.answer()
        assert s.caller.bridged_with is again

    run_virtual(scene())


def test_and_goes_back_to_the_front_of_the_queue_when_that_operator_does_not_answer():
    async def scene():
        s = await Scene(park=120.0, operator_rings=20.0).begin()
        await s.do("park")
        result = await s.result()
        assert result.end is TalkEnd.OPERATOR_LOST and 139 < s.clock.monotonic() < 141

    run_virtual(scene())


def test_a_parked_caller_who_leaves_frees_the_slot():
    async def scene():
        s = await Scene().begin()
        await s.do("park")
        await s.caller_leaves()
        assert s.lot.parked("default") == ()

    run_virtual(scene())


def test_a_colleague_who_is_rung_when_the_caller_leaves_is_rung_no_longer():
    async def scene():
        s = await Scene().begin()
        await s.do("park")
        await s.lot.unpark(1, COLLEAGUE, "headset:1002")
        await settle()
        await s.caller_leaves()
        assert s.phones.ringing == 0 and s.engage.busy == set() and s.lot.parked("default") == ()

    run_virtual(scene())


def test_a_full_lot_and_an_empty_slot_are_refused_with_what_is_there():
    async def scene():
        s = await Scene().begin()
        for _ in range(2):
            s.lot.park("default", by="1009", name="", topic="", fetch=None)
        refusal = await s.refused("park")
        assert refusal.code == "parking-full" and s.caller.bridged_with is s.operator
        empty = await refused(s.lot.unpark(7, COLLEAGUE, "x"))
        assert empty.code == "slot-empty" and "1, 2" in empty.sentence

    run_virtual(scene())


def test_slots_of_other_estates_are_not_seen():
    async def scene():
        s = await Scene().begin()
        await s.do("park")
        elsewhere = SeatedOperator(number="1002", estate="other")
        assert (await refused(s.lot.unpark(1, elsewhere, "x"))).code == "slot-empty"

    run_virtual(scene())


def test_an_operator_without_a_caller_unparks_and_then_commands_that_talk():
    async def scene():
        s = await Scene().begin()
        own = OwnWork(s.tools, lambda estate, language: s.words)
        await s.do("park")
        await settle(5)
        assert [slot["slot"] for slot in (await own(COLLEAGUE, "headset:1002", "parked", {}))["slots"]] == [1]
        assert (await refused(own(COLLEAGUE, "headset:1002", "hold", {}))).code == "no-call"
        assert "its number" in (await refused(own(COLLEAGUE, "headset:1002", "unpark", {}))).sentence
        await own(COLLEAGUE, "headset:1002", "unpark", {"slot": "1"})
        await settle()
        again = await s.phones.answer()
        await own(COLLEAGUE, "headset:1002", "hold", {})
        await settle()
        assert sounding(s.caller) is MUSIC and again.hears == ()
        assert (
            await refused(own(COLLEAGUE, "headset:1002", "unpark", {"slot": 1}))
        ).code == "operator-talking"
        assert MUSIC in was_played(s.caller)

    run_virtual(scene())


def test_who_fetched_a_caller_hears_that_the_caller_has_left():
    async def scene():
        s = await Scene().begin()
        await s.do("park")
        await settle(5)
        await s.lot.unpark(1, COLLEAGUE, "headset:1002")
        await settle()
        again = await s.phones.answer()
        assert s.talk.state()["seated"] == "1002"
        await s.caller_leaves()
        assert was_played(again)[-1] is Phrase.CALLER_GONE and again.over
        assert again.heard[-1].ended is not None

    run_virtual(scene())


def test_who_serves_all_estates_fetches_from_any_of_them_and_commands_the_talk():
    async def scene():
        s = await Scene().begin()
        own = OwnWork(s.tools, lambda estate, language: s.words, estate="first")
        everywhere = SeatedOperator(number="1002", estate="", everywhere=True)
        await s.do("park")
        assert [slot["slot"] for slot in (await own(everywhere, "x", "parked", {}))["slots"]] == [1]
        await own(everywhere, "headset:1002", "unpark", {"slot": "1"})
        again = await s.phones.answer()
        assert s.caller.bridged_with is again and s.phones.orders[-1].estate == "default"
        await own(everywhere, "headset:1002", "hold", {})
        assert sounding(s.caller) is MUSIC
        assert s.tools.own.of_key(("", "1002")) is s.talk

    run_virtual(scene())


def test_slots_of_two_estates_have_different_numbers_as_long_as_there_are_some():
    async def scene():
        s = await Scene().begin()
        parks = [s.lot.park(estate, by="1", name="", topic="", fetch=None) for estate in ("a", "b", "b", "a")]
        assert parks == [1, 2, 1, 2]  # of two slots an estate
        everywhere = SeatedOperator(number="1002", estate="c", everywhere=True)
        assert (await refused(s.lot.unpark(1, everywhere, "x"))).code == "slot-empty"  # whose is not clear

    run_virtual(scene())
