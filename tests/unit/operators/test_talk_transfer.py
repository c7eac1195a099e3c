from __future__ import annotations

import pytest

from hotline.call.errors import DialBusy, DialDeclined, DialNoAnswer
from hotline.call.ports import Phrase
from hotline.operators.seat import TalkEnd
from tests.unit.operators.talk_kit import MUSIC, RINGBACK, Scene, run_virtual, settle, sounding, was_played


def test_the_caller_hears_that_they_are_connected_and_then_ringing():
    async def scene():
        s = await Scene().begin()
        await s.do("blind", to="88")
        assert sounding(s.caller) is Phrase.TRANSFERRING and sounding(s.operator) is RINGBACK
        await settle(5)
        assert sounding(s.caller) is RINGBACK

    run_virtual(scene())


def test_the_operators_leg_is_kept_until_the_target_agreed_and_then_let_go():
    async def scene():
        s = await Scene().begin()
        await s.do("blind", to="602")
        target = await s.phones.answer()
        assert not s.operator.over and target.hears == ()
        target.far_presses("1")
        await settle()
        assert s.caller.bridged_with is target and s.operator.over and s.lefts == ["1001"]
        assert s.log.detail("BLINDTRANSFER") == {
            "with": target.facts.leg, "by": "1001", "name": "3-2-602", "consent": "key",
        }  # fmt: skip

    run_virtual(scene())


def test_who_need_not_be_asked_consents_by_answering():
    async def scene():
        s = await Scene().begin()
        await s.do("blind", to="88")
        target = await s.phones.answer()
        assert s.caller.bridged_with is target and s.log.detail("BLINDTRANSFER")["consent"] == "answered"
        target.far_hangs_up()
        assert (await s.result()).end is TalkEnd.TRANSFERRED

    run_virtual(scene())


def test_who_may_not_transfer_blindly_is_told_to_consult():
    async def scene():
        s = await Scene(may=()).begin()
        refused = await s.refused("blind", to="88")
        assert refused.code == "transfer-not-allowed" and "consult" in refused.sentence
        assert s.caller.bridged_with is s.operator

    run_virtual(scene())


@pytest.mark.parametrize(
    ("failure", "to_operator"),
    [
        (DialBusy("busy"), Phrase.CONSULT_SILENT),
        (DialDeclined("no"), Phrase.CONSULT_REFUSED),
        (DialNoAnswer("nobody"), Phrase.CONSULT_SILENT),
    ],
)
def test_a_target_that_is_not_there_brings_the_caller_back(failure, to_operator):
    async def scene():
        s = await Scene().begin()
        await s.do("blind", to="602")
        await s.phones.fail(failure)
        assert (sounding(s.caller), sounding(s.operator)) == (Phrase.TRANSFER_BACK, to_operator)
        assert s.caller.bridged_with is s.operator and "TRANSFER_FAILED" in s.log.kinds()

    run_virtual(scene())


@pytest.mark.parametrize("how", ["says no", "says nothing", "hangs up", "vanishes"])
def test_a_target_that_does_not_agree_brings_the_caller_back(how):
    async def scene():
        s = await Scene().begin()
        await s.do("blind", to="602")
        target = await s.phones.answer()
        match how:
            case "says no":
                target.far_presses("2")
            case "hangs up":
                target.far_hangs_up()
            case "vanishes":
                s.vanish(target)
        await settle(22 if how == "says nothing" else 0.01)
        assert target.over and s.caller.bridged_with is s.operator
        assert Phrase.TRANSFER_BACK in was_played(s.caller)

    run_virtual(scene())


def test_the_operator_may_take_the_caller_back_meanwhile():
    async def scene():
        s = await Scene().begin()
        await s.do("blind", to="602")
        await s.do("cancel")
        assert s.phones.ringing == 0 and s.caller.bridged_with is s.operator
        assert s.log.detail("TRANSFER_FAILED")["reason"] == "cancelled"

    run_virtual(scene())


def test_an_operator_who_has_hung_up_is_rung_again_when_the_target_is_not_there():
    async def scene():
        s = await Scene().begin()
        await s.do("blind", to="602")
        s.operator.far_hangs_up()
        await settle()
        assert s.lefts == ["1001"] and sounding(s.caller) is Phrase.TRANSFERRING
        await s.phones.fail(DialBusy("busy"))
        assert sounding(s.caller) is Phrase.TRANSFER_BACK
        assert s.engage.history == [("1001", "recall")]
        again = await s.phones.answer()
        assert s.caller.bridged_with is again and s.tools.own.of(s.who) is s.talk
        await s.do("hold")
        assert sounding(s.caller) is MUSIC

    run_virtual(scene())


@pytest.mark.parametrize("why", ["no answer", "talks to somebody else"])
def test_an_operator_who_cannot_be_got_back_has_lost_the_caller(why):
    async def scene():
        s = await Scene().begin()
        await s.do("blind", to="602")
        s.operator.far_hangs_up()
        await settle()
        if why == "talks to somebody else":
            s.engage.busy.add("1001")
        await s.phones.fail(DialBusy("busy"))
        assert (await s.result()).end is TalkEnd.OPERATOR_LOST
        assert not s.caller.over

    run_virtual(scene())


def test_a_target_that_vanishes_from_a_transferred_call_leaves_the_caller_in_front_of_the_queue():
    async def scene():
        s = await Scene().begin()
        await s.do("blind", to="88")
        s.vanish(await s.phones.answer())
        assert (await s.result()).end is TalkEnd.OPERATOR_LOST

    run_virtual(scene())


def test_the_transfer_key_of_the_operators_telephone_transfers_blindly():
    async def scene():
        s = await Scene().begin()
        s.operator.far_transfers("sip:88@pbx")
        await settle()
        assert s.operator.transfer is True and sounding(s.caller) is Phrase.TRANSFERRING
        assert s.log.detail("TRANSFER")["how"] == "telephone"
        target = await s.phones.answer()
        assert s.caller.bridged_with is target

    run_virtual(scene())


def test_a_telephone_that_holds_first_and_then_transfers_does_so():
    async def scene():
        s = await Scene().begin()
        s.operator.far_holds()
        await settle()
        s.operator.far_transfers("88")
        await settle()
        target = await s.phones.answer()
        assert s.operator.transfer is True and s.caller.bridged_with is target

    run_virtual(scene())


@pytest.mark.parametrize(
    ("to", "may", "code"), [("88", (), "transfer-not-allowed"), ("777", None, "operator-refused")]
)
def test_a_transfer_that_is_not_allowed_is_refused_to_the_telephone_and_the_talk_goes_on(to, may, code):
    async def scene():
        s = await (Scene() if may is None else Scene(may=may)).begin()
        s.operator.far_transfers(to)
        await settle()
        assert s.operator.transfer is False and s.caller.bridged_with is s.operator
        assert s.log.detail("TRANSFER_REFUSED")["reason"] == code

    run_virtual(scene())


def test_a_transfer_to_the_consulted_party_completes_the_consultation():
    async def scene():
        s = await Scene().begin()
        target = await s.agreed()
        s.operator.far_transfers("sip:602@pbx", replaces="abc")
        await settle()
        assert s.operator.transfer is True and s.caller.bridged_with is target
        assert s.log.detail("ATTENDEDTRANSFER")["how"] == "telephone"

    run_virtual(scene())


def test_while_somebody_is_consulted_another_transfer_is_refused():
    async def scene():
        s = await Scene().begin()
        target = await s.agreed()
        s.operator.far_transfers("sip:88@pbx")
        await settle()
        assert s.operator.transfer is False and target.bridged_with is s.operator

    run_virtual(scene())


@pytest.mark.parametrize("way", ["blind", "complete", "conference"])
def test_a_colleague_who_gets_the_caller_has_the_talk_with_its_commands(way):
    async def scene():
        s = await Scene().begin()
        await s.do("blind" if way == "blind" else "consult", to="1002")
        colleague = await s.phones.answer()
        if way == "complete":
            await s.do("complete")
        elif way == "conference":
            await s.do("conference")
            await s.do("leave")
        assert s.operator.over and s.caller.bridged_with is colleague and s.lefts
        assert s.engage.busy == {"1002"} and s.talk.seat.operator.number == "1002"
        assert s.talk.state()["phase"] == "talking"
        colleague.far_presses("*")
        colleague.far_presses("1")
        await settle()
        assert sounding(s.caller) is MUSIC
        await s.do("resume")
        s.vanish(colleague)
        assert (await s.result()).end is TalkEnd.OPERATOR_LOST
        assert s.engage.busy == set()

    run_virtual(scene())


def test_a_colleague_who_has_not_got_the_caller_yet_cannot_transfer_them():
    async def scene():
        s = await Scene().begin()
        colleague = await s.consult("1002")
        colleague.far_transfers("88")
        await settle()
        assert colleague.transfer is False and colleague.bridged_with is s.operator

    run_virtual(scene())


@pytest.mark.parametrize(("pause", "rings"), [(0.5, True), (10, False)])
def test_a_telephone_that_hangs_up_after_a_refused_transfer_is_rung_again_and_keeps_its_caller(pause, rings):
    async def scene():
        s = await Scene().begin()
        s.operator.far_transfers("777")
        await settle(pause)
        s.operator.far_hangs_up()
        await settle()
        if not rings:
            assert (await s.result()).end is TalkEnd.TALKED
            return
        assert sounding(s.caller) is MUSIC and s.phones.orders[-1].to == "sip:1001@pbx"
        again = await s.phones.answer()
        assert s.caller.bridged_with is again

    run_virtual(scene())
