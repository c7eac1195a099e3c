from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hotline.language import slots
from hotline.speech.grammar.nodes import Filler, Node, sentence, words_of
from hotline.speech.grammar.place import CLOSINGS, GROUPS_KEPT, LEAD_INS, PlaceBlock, anywhere, place
from hotline.speech.grammar.problem import problem

_SMALL = (
    PlaceBlock("3", "1", ("101", "102", "602")),
    PlaceBlock("3", "2", ("101", "102", "602")),
    PlaceBlock("12", "1", ("1201", "1504")),
    PlaceBlock("A", "", ("301", "1203")),
)


def texts(node: Node) -> set[str]:
    return {words.text for words in words_of(node)}


@given(st.data())
def test_every_whole_address_of_the_grammar_is_one_of_the_estate(data: st.DataObject) -> None:
    grammar = place(_SMALL, Filler())
    spoken = sentence(grammar, lambda n: data.draw(st.integers(0, n - 1)))
    text = "".join(word for word in spoken if word not in LEAD_INS)
    found = slots.place(text, "zh")
    if found is None or not (found.building and found.room):
        return
    rooms = {(b.building, room) for b in _SMALL for room in b.rooms}
    units = {(b.building, b.unit) for b in _SMALL}
    assert (found.building, found.room) in rooms, text
    assert not found.unit or (found.building, found.unit) in units, text


@given(st.data())
def test_a_building_unit_and_room_are_always_understood_together(data: st.DataObject) -> None:
    block = data.draw(st.sampled_from([b for b in _SMALL if b.unit]))
    only = PlaceBlock(block.building, block.unit, (data.draw(st.sampled_from(block.rooms)),))
    grammar = place([only], Filler())
    # Every optional part is said: the second of two is what Maybe takes.
    spoken = sentence(grammar, lambda n: 1 if n == 2 and data.draw(st.just(True)) else 0)
    text = "".join(word for word in spoken if word not in (*LEAD_INS, *CLOSINGS))
    found = slots.place(text, "zh")
    assert found is not None
    assert (found.building, found.unit, found.room) == (only.building, only.unit, only.rooms[0]), text


def test_only_numbers_of_the_estate_are_in_its_grammar() -> None:
    words = texts(place((PlaceBlock("3", "2", ("602",)),), Filler()))
    assert {"三", "号楼", "栋", "二", "单元", "六百", "零二"} <= words
    assert not words & {"四", "七", "八", "九", "A"}


def test_letters_of_buildings_are_spelt_as_they_are() -> None:
    assert "A" in texts(place((PlaceBlock("A", "", ("301",)),), Filler()))


def test_many_different_buildings_are_pooled_so_that_the_grammar_stays_small() -> None:
    different = [PlaceBlock(str(n), "1", (f"{n}01", f"{n}02")) for n in range(1, 60)]
    few, many = place(different[:GROUPS_KEPT], Filler()), place(different, Filler())
    per_building = len(list(words_of(few))) / GROUPS_KEPT
    assert len(list(words_of(many))) < per_building * len(different) / 2


def test_an_estate_without_a_room_list_is_listened_for_all_the_same() -> None:
    words = texts(place(anywhere(), problem()))
    assert {"四十", "九百", "六", "单元", "漏水"} <= words


def test_what_is_the_matter_and_greetings_do_not_count_for_the_score() -> None:
    counted = {words.text for words in words_of(place(_SMALL, problem())) if not words.aside}
    assert "号楼" in counted
    assert not counted & {"漏水", "水管", "我住"}
