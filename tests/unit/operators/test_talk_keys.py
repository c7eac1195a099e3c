from __future__ import annotations

import pytest

from hotline.call.audio import ToneName
from hotline.call.errors import HotlineError
from hotline.call.ports import Phrase
from hotline.operators.featurecodes import DEFAULT_CODES, FeatureCodes, Keyed, PassedOn, problems
from hotline.operators.seat import TalkEnd
from tests.unit.operators.talk_kit import MUSIC, Scene, run_virtual, settle, sounding, was_played


def typed(keys, *, codes=DEFAULT_CODES, pause=0.5):
    machine = FeatureCodes(codes)
    results = [machine.press(key, number * pause) for number, key in enumerate(keys)]
    return [result for result in results if result is not None]


@pytest.mark.parametrize(
    ("code", "action"), [pair for pair in DEFAULT_CODES.items() if pair[1] not in ("consult", "blind")]
)
def test_a_code_without_a_number_is_whole_with_its_last_key(code, action):
    assert typed(code) == [Keyed(action)]


@pytest.mark.parametrize(
    ("keys", "expected"), [("*2602#", Keyed("consult", "602")), ("*588#", Keyed("blind", "88"))]
)
def test_a_number_ends_with_the_hash_key(keys, expected):
    assert typed(keys) == [expected]


def test_codes_follow_each_other():
    assert typed("*1*1*2602#*3") == [
        Keyed("toggle"),
        Keyed("toggle"),
        Keyed("consult", "602"),
        Keyed("complete"),
    ]


def test_a_star_begins_anew():
    assert typed("*26*1") == [Keyed("toggle")]
    assert typed("**1") == [PassedOn("*"), Keyed("toggle")]


def test_keys_that_are_no_code_are_given_back_as_they_were_typed():
    assert typed("5") == [PassedOn("5")]
    assert typed("*9") == [PassedOn("*9")]


def test_a_code_that_was_begun_long_ago_is_forgotten():
    assert typed("*1", pause=9.0) == [PassedOn("1")]


def test_an_endless_number_is_cut_and_never_grows():
    assert typed("*2" + "1" * 50 + "#") == [Keyed("consult", "1" * 20)]


def test_codes_are_configuration_and_their_mistakes_are_all_named():
    found = problems({"1": "park", "*1": "dance", "*2": "park", "*21": "cancel", "#1#": "drop"})
    assert len(found) == 4
    assert "“1”" in found[0] and "dance" in found[1]
    assert "“*2” hides “*21”" in found[2]
    assert "“#1#”" in found[3]
    with pytest.raises(HotlineError) as refused:
        FeatureCodes({"1": "park"})
    assert refused.value.code == "feature-codes"


@pytest.mark.parametrize("code", DEFAULT_CODES)
def test_the_shipped_codes_hold(code):
    assert problems({code: DEFAULT_CODES[code]}) == [] and problems(DEFAULT_CODES) == []


async def press(s, keys):
    s.operator.far_presses(keys)
    await settle()


def test_a_plain_telephone_leads_a_whole_consultation_with_its_keys():
    async def scene():
        s = await Scene().begin()
        await press(s, "*1")
        assert sounding(s.caller) is MUSIC
        await press(s, "*1")
        assert s.caller.bridged_with is s.operator
        await press(s, "*2602#")
        target = await s.phones.answer()
        target.far_presses("1")
        await settle()
        assert target.bridged_with is s.operator
        await press(s, "*6")
        assert set(s.caller.hears) == {s.operator, target}
        await press(s, "*3")
        assert s.caller.bridged_with is target

    run_virtual(scene())


def test_the_survey_is_one_code_and_ends_the_talk():
    async def scene():
        s = await Scene(survey="satisfaction").begin()
        await press(s, "*8")
        result = await s.result()
        assert (result.end, result.step) == (TalkEnd.SENT, "satisfaction")

    run_virtual(scene())


def test_a_refusal_sounds_busy_to_the_operator_alone():
    async def scene():
        s = await Scene().begin()
        await press(s, "*3")
        assert was_played(s.operator) == [ToneName.BUSY] and was_played(s.caller) == []
        assert s.caller.bridged_with is s.operator

    run_virtual(scene())


def test_keys_that_are_no_code_do_not_reach_the_caller():
    async def scene():
        s = await Scene().begin()
        await press(s, "12*9")
        assert s.caller.keys_sent == "" and was_played(s.caller) == []

    run_virtual(scene())


def test_parking_by_key_tells_the_slot():
    async def scene():
        s = await Scene().begin()
        await press(s, "*7")
        assert sounding(s.operator) is Phrase.PARKED

    run_virtual(scene())
