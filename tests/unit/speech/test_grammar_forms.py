from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.call.ports import QuestionKind
from hotline.language import slots
from hotline.speech.grammar import answers, zh
from hotline.speech.grammar.build import grammar_for, transcript
from hotline.speech.grammar.jsgf import jsgf
from hotline.speech.grammar.nodes import (
    Filler,
    Node,
    aside,
    has_filler,
    maybe,
    one_of,
    repeat,
    sentence,
    seq,
    words_of,
)
from hotline.speech.grammar.phrases import phrases, split_words
from hotline.speech.grammar.urgent import free_speech, urgent
from hotline.speech.recogniser import Task


def said(node: Node, data: st.DataObject, joint: str = "") -> str:
    return joint.join(sentence(node, lambda n: data.draw(st.integers(0, n - 1))))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "零"),
        (7, "七"),
        (10, "十"),
        (12, "十二"),
        (20, "二十"),
        (35, "三十五"),
        (100, "一百"),
        (101, "一百零一"),
        (110, "一百一十"),
        (112, "一百一十二"),
        (602, "六百零二"),
        (1000, "一千"),
        (1005, "一千零五"),
        (1204, "一千二百零四"),
        (2030, "二千零三十"),
    ],
)
def test_numbers_are_counted_as_in_mandarin(number: int, words: str) -> None:
    assert zh.cardinal(number) == words


def test_a_number_too_large_to_count_is_refused() -> None:
    with pytest.raises(ValueError, match="10000"):
        zh.cardinal(10_000)


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (seq("报修"), "报修"),
        (seq("三", "号楼"), "三 号楼"),
        (one_of("报修", "投诉"), "报修 | 投诉"),
        (seq(one_of("一", "二"), "单元"), "(一 | 二) 单元"),
        (one_of("一", "二", weights=(3, 1)), "/0.750000/ 一 | /0.250000/ 二"),
        (maybe("请"), "[请]"),
        (maybe(one_of("请", "我要"), 0.1), "(/0.1/ (请 | 我要) | /0.9/ <NULL>)"),
        (seq(Filler(), "着火了"), "<filler> 着火了"),
        (repeat(one_of("一", "二"), 2), "(一 | 二) (一 | 二)"),
        (one_of("一", "一"), "一"),
    ],
)
def test_a_grammar_is_written_as_jsgf(node: Node, text: str) -> None:
    written = jsgf("g", node, lambda word: word, ["_a", "_b"])
    assert f"public <g> = {text};" in written
    assert ("<filler> = (_a | _b)+;" in written) == has_filler(node)


def test_a_choice_needs_an_option_and_a_weight_for_each() -> None:
    with pytest.raises(ValueError, match="option"):
        one_of()
    with pytest.raises(ValueError, match="weight"):
        one_of("一", "二", weights=(1,))


def test_what_is_said_aside_is_marked_all_the_way_down() -> None:
    node = aside(seq(maybe("请"), one_of("报修", seq("投诉", Filler()))))
    assert [words.aside for words in words_of(node)] == [True, True, True]


@given(st.data())
def test_every_yes_or_no_of_the_grammar_is_understood(data: st.DataObject) -> None:
    language = data.draw(st.sampled_from(["zh", "en"]))
    text = said(answers.yes_no(language), data, " " if language == "en" else "")
    assert slots.yes_no(text, language) is (text in answers.YES[language])


@given(st.data())
def test_every_row_of_digits_of_the_grammar_is_understood(data: st.DataObject) -> None:
    spoken = sentence(answers.digits("zh"), lambda n: data.draw(st.integers(0, n - 1)))
    wanted = "".join(next(key for key, words in zh.DIGIT_WORDS.items() if word in words) for word in spoken)
    assert slots.digits("".join(spoken)) == wanted


@given(st.data())
def test_every_telephone_number_of_the_grammar_is_one(data: st.DataObject) -> None:
    text = said(answers.phone("zh"), data)
    digits = slots.digits(text)
    assert digits is not None
    number = slots.phone(text)
    if len(digits) == 11 and digits[0] == "1":
        assert number == digits
    else:
        assert 7 <= len(digits) <= 12


@given(st.data())
def test_every_time_of_the_grammar_is_understood(data: st.DataObject) -> None:
    language = data.draw(st.sampled_from(["zh", "en"]))
    text = said(answers.time_of_day(language), data, " " if language == "en" else "")
    assert slots.time_of_day(text, language) is not None


@given(st.data())
def test_every_choice_of_the_grammar_leads_where_it_should(data: st.DataObject) -> None:
    menu = {"报修": "repairs", "投诉": "complaints", "总经理热线": "manager", "转人工": "operator"}
    task = Task(kind=QuestionKind.CHOICE, language="zh", phrases=tuple(menu))
    grammar = grammar_for(task)
    assert grammar is not None
    text = said(grammar, data)
    wanted = next(value for phrase, value in menu.items() if phrase in text)
    assert slots.choice(text, menu, "zh") == wanted


@pytest.mark.parametrize("kind", list(QuestionKind))
def test_an_emergency_can_be_called_out_at_every_question(kind: QuestionKind) -> None:
    task = Task(kind=kind, language="zh", phrases=("报修",), emergency_phrases=("电梯困人",))
    grammar = grammar_for(task)
    assert grammar is not None
    assert "电梯困人" in {words.text for words in words_of(grammar)}


def test_an_emergency_in_free_speech_stands_beside_what_else_callers_say() -> None:
    words = list(words_of(free_speech(("着火", "电梯困人"))))
    counting = {found.text for found in words if not found.aside}
    beside = {found.text for found in words if found.aside}
    assert {"着火", "电梯困人", "漏水了", "马桶"} <= counting
    assert {"号楼", "单元", "赵", "幺", "是的", "投诉"} <= beside
    assert not {"号楼", "赵", "幺"} & counting


@pytest.mark.parametrize("phrases", [("着火",), ("电梯困人",)])
def test_free_speech_is_a_grammar_with_phrases_of_one_length_only(phrases: tuple[str, ...]) -> None:
    text = jsgf("g", free_speech(phrases), lambda word: word, [])
    assert phrases[0] in text
    assert "<filler>" not in text


def test_words_around_an_emergency_are_asides() -> None:
    asides = {found.text for found in words_of(urgent(("电梯困人",), "zh")) if found.aside}
    assert {"有人", "快来人"} <= asides
    assert [found.text for found in words_of(urgent(("fire",), "en"))] == ["fire"]


def test_a_free_question_without_anything_to_spot_has_no_grammar() -> None:
    assert grammar_for(Task(kind=QuestionKind.FREE, language="zh")) is None


def test_a_choice_without_phrases_has_no_grammar() -> None:
    assert grammar_for(Task(kind=QuestionKind.CHOICE, language="zh", phrases=("", " "))) is None


def test_the_grammar_of_a_whole_call_has_addresses_numbers_and_answers() -> None:
    words = {found.text for found in words_of(transcript())}
    assert {"号楼", "单元", "漏水", "我的电话是", "没错"} <= words


def test_phrases_for_vosk_are_split_into_words_its_model_has() -> None:
    vocabulary = {"三", "号楼", "单元", "没有", "电", "repair"}
    node = seq(one_of("三", "四"), "号楼", maybe("没有电"), maybe("repair"), maybe("repairs"))
    assert phrases(node, vocabulary.__contains__) == ["三", "号楼", "没有 电", "repair"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("没有水", ["没有", "水"]),
        ("room two", ["room", "two"]),
        ("roomy", None),
        ("漏", None),
        ("没 有水", ["没有", "水"]),
    ],
)
def test_words_are_split_by_the_longest_known_one(text: str, words: list[str] | None) -> None:
    assert split_words(text, {"没有", "没", "水", "room", "two"}.__contains__) == words
