from __future__ import annotations

from pathlib import Path

import pytest

from hotline.call.errors import EnvironmentFault
from hotline.speech.lexicon import Lexicon, phones, read_dictionary

_DICTIONARY = {
    "楼": ["l ou"],
    "号": ["h ao"],
    "厨房": ["ch u f ang"],
    "单": ["sh an", "d an"],
    "元": ["uxs an"],
    "报": ["b ao"],
    "修": ["x iu"],
    "绿": ["l ux"],
    "人": ["r en"],
}


@pytest.mark.parametrize(
    ("syllable", "spoken"),
    [
        ("lou", "l ou"),
        ("shi", "sh ib"),
        ("si", "s if"),
        ("ri", "r ib"),
        ("ju", "j ux"),
        ("xuan", "x uxan"),
        ("yuan", "uxs an"),
        ("yu", "uxs ux"),
        ("er", "es er"),
        ("an", "as an"),
        ("lv", "l ux"),
        ("nü", "n ux"),
        ("zhuang", "zh uang"),
        ("wu", "w u"),
        ("yao", "y ao"),
        ("qiong", "q iong"),
        ("ye", "y ie"),
    ],
)
def test_a_syllable_is_spelt_in_the_models_phones(syllable: str, spoken: str) -> None:
    assert " ".join(phones(syllable)) == spoken


@pytest.mark.parametrize("text", ["", "hello", "xyz", "b"])
def test_what_is_no_mandarin_syllable_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no Mandarin syllable"):
        phones(text)


def test_words_are_split_by_the_longest_entry_of_the_dictionary() -> None:
    assert Lexicon(_DICTIONARY).split("厨房 号楼") == ("厨房", "号", "楼")


def test_a_word_the_dictionary_lacks_is_spoken_by_its_parts() -> None:
    assert Lexicon(_DICTIONARY).spoken("报修") == ("b ao x iu",)


def test_all_ways_to_say_a_word_are_kept_up_to_four() -> None:
    ways = Lexicon(_DICTIONARY).spoken("单元")
    assert set(ways) == {"sh an uxs an", "d an uxs an"}
    assert len(Lexicon(_DICTIONARY).spoken("单单单单")) == 4


def test_a_word_without_entry_is_spelt_by_pinyin_if_the_model_has_its_sounds() -> None:
    assert Lexicon(_DICTIONARY).spoken("侣") == ("l ux",)


@pytest.mark.parametrize("word", ["☂", "hello", "猫"])
def test_a_word_nobody_can_pronounce_is_named(word: str) -> None:
    with pytest.raises(EnvironmentFault, match=word[0]):
        Lexicon(_DICTIONARY).spoken(word)


def test_a_dictionary_file_is_read_with_its_variants(tmp_path: Path) -> None:
    file = tmp_path / "some.dic"
    file.write_text("单\tsh an\n单(2)\td an\n\n楼 l  ou\n", encoding="utf-8")
    assert read_dictionary(file) == {"单": ["sh an", "d an"], "楼": ["l ou"]}
