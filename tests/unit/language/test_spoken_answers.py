from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.language.numerals import to_chinese, to_digits
from hotline.language.readback import LANGUAGES
from hotline.language.slots import choice, emergency, yes_no
from hotline.language.texts import clean

MENU = {
    **{"报修": "repairs", "维修": "repairs", "投诉": "complaints", "费用查询": "fees", "费用": "fees"},
    **{"总经理热线": "manager", "进度查询": "progress", "叫醒": "wakeup", "转人工": "human", "人工": "human"},
    **{"再说一遍": "repeat", "一": "repairs", "1": "repairs", "二": "complaints"},
}
DANGER = (
    "电梯困人",
    "电梯里出不来",
    "被困",
    "爆管",
    "漏气",
    "着火",
    "燃气泄漏",
    "大量漏水",
    "没电",
    "停电",
    "救命",
    "紧急情况",
)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        *(
            (said, True)
            for said in ("是", "是的", "对", "对的", "对对对", "好的", "可以", "没错", "没问题", "嗯")
        ),
        *((said, True) for said in ("嗯，是的", "那个，对", "确认", "要", "OK", "对，没错")),
        *(
            (said, False)
            for said in ("不是", "不对", "不是的", "错了", "不用了", "没有", "没有了谢谢", "不行")
        ),
        *((said, False) for said in ("嗯，不对", "不对，是四号楼", "不正确", "取消")),
        *(
            (said, None)
            for said in ("", "对不起", "是不是", "不知道", "对，不过房号不对", "我是三号楼的业主")
        ),
        *((said, None) for said in ("今天天气怎么样", "我没听清", "三号楼")),
    ],
)
def test_yes_and_no_are_told_apart_and_neither_is_neither(said: str, answer: bool | None) -> None:
    assert yes_no(said, "zh") is answer


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        *(
            (said, True)
            for said in ("yes", "Yeah.", "yep", "that's right", "correct", "uh-huh", "OK", "Yes, please")
        ),
        *(
            (said, False)
            for said in ("no", "No, thank you", "nope", "that's wrong", "incorrect", "not right")
        ),
        *(
            (said, None)
            for said in ("", "I don't know", "maybe", "yes and no", "right now", "building three")
        ),
    ],
)
def test_english_yes_and_no(said: str, answer: bool | None) -> None:
    assert yes_no(said, "en") is answer


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("报修", "repairs"),
        ("我要报修", "repairs"),
        ("包修", "repairs"),
        ("费用查询", "fees"),
        ("非用查询", "fees"),
        ("总经理热线", "manager"),
        ("总金里热线", "manager"),
        ("请再说一遍", "repeat"),
        ("转人工", "human"),
        ("人工服务", "human"),
        ("按二", "complaints"),
        ("幺", "repairs"),
        ("不是投诉，是报修", "repairs"),
        ("不要报修", None),
        ("报修还是投诉", None),
        ("十二", None),
        ("今天天气怎么样", None),
        ("投", None),
        ("", None),
    ],
)
def test_a_choice_is_taken_when_it_is_clear(said: str, value: str | None) -> None:
    assert choice(said, MENU, "zh") == value


def test_two_choices_that_sound_alike_are_asked_again() -> None:
    assert choice("物业服务费查寻", {"物业服务费查询": "a", "物业服务费查巡": "b"}, "zh") is None


def test_english_choices() -> None:
    menu = {"repair": "1", "complaint": "2", "operator": "0", "one": "1", "two": "2"}
    assert choice("I need repairs", menu, "en") == "1"
    assert choice("complaint please", menu, "en") == "2"
    assert choice("two", menu, "en") == "2"
    assert choice("operater", menu, "en") == "0"
    assert choice("twenty two", menu, "en") is None
    assert choice("not a complaint", menu, "en") is None


@given(st.text(max_size=20), st.sampled_from(LANGUAGES))
def test_a_choice_is_one_of_the_values_or_none(text: str, language: str) -> None:
    assert choice(text, MENU, language) in {*MENU.values(), None}
    assert yes_no(text, language) in {True, False, None}


@pytest.mark.parametrize(
    ("said", "danger"),
    [
        ("电梯困人了", True),
        ("十三号楼二单元幺四零四电梯困人了", True),
        ("电梯里困住人了", True),
        ("电梯捆人了", True),
        ("电梯里面出不来了", True),
        ("我被困在电梯里了", True),
        ("着火了", True),
        ("厨房着火啦快来", True),
        ("是不是漏气了", True),
        ("大量的漏水", True),
        ("家里没电了", True),
        ("救命", True),
        ("電梯困人", True),
        ("电梯坏了", False),
        ("电梯外面有很多困难的人", False),
        ("没有着火", False),
        ("不是紧急情况", False),
        ("没停电", False),
        ("厨房漏水", False),
        ("消防通道被堵住了", False),
        ("停车位被占了", False),
        ("我想找活干", False),
        ("插座坏了", False),
        ("", False),
    ],
)
def test_an_emergency_is_a_whole_keyword_that_is_not_denied(said: str, danger: bool) -> None:
    assert emergency(said, DANGER, "zh") is danger


@pytest.mark.parametrize(
    ("said", "danger"),
    [
        ("there is a fire in the kitchen", True),
        ("I'm trapped in the lift", True),
        ("the fireplace is nice", False),
        ("there is no fire", False),
        ("the lift is broken", False),
    ],
)
def test_an_english_emergency(said: str, danger: bool) -> None:
    assert emergency(said, ("fire", "trapped"), "en") is danger


@pytest.mark.parametrize(
    ("text", "language", "written"),
    [
        ("三号楼二单元六零二", "zh", "3号楼2单元602"),
        ("六百零二室", "zh", "602室"),
        ("六〇二", "zh", "602"),
        ("602", "zh", "602"),
        ("６０２", "zh", "602"),
        ("幺三八", "zh", "138"),
        ("两百零五元五角", "zh", "205元5角"),
        ("三万五", "zh", "35000"),
        ("第一次等一下", "zh", "第一次等一下"),
        ("十分着急，万一漏水", "zh", "十分着急,万一漏水"),
        ("六零二一下子没电", "zh", "602一下子没电"),
        ("幺二零一家里漏水", "zh", "1201家里漏水"),
        ("我们一家都在", "zh", "我们一家都在"),
        ("six oh two", "en", "602"),
        ("six hundred and two", "en", "602"),
        ("twenty-three", "en", "23"),
        ("half past seven", "en", "half past 7"),
        ("double eight", "en", "88"),
        ("five hundred thousand", "en", "500000"),
        ("room 602 and 2 lamps", "en", "room 602 and 2 lamps"),
    ],
)
def test_numerals_become_digits_and_words_stay_words(text: str, language: str, written: str) -> None:
    assert to_digits(text, language) == written


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (2, "二"),
        (12, "十二"),
        (20, "二十"),
        (200, "两百"),
        (2222, "两千两百二十二"),
        (120000, "十二万"),
        (20000, "两万"),
    ],
)
def test_er_and_liang_stand_where_they_belong(value: int, said: str) -> None:
    assert to_chinese(value) == said


@pytest.mark.parametrize("value", [-1, 100_000_000])
def test_a_number_that_cannot_be_said_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        to_chinese(value)


@given(st.text(max_size=40), st.sampled_from(LANGUAGES))
def test_cleaning_twice_changes_nothing_more(text: str, language: str) -> None:
    once = clean(text, language)
    assert clean(once, language) == once
    to_digits(text, language)
