"""What is offered where the cursor stands, in texts that are no YAML yet."""

from __future__ import annotations

import pytest

from hotline.ivr.schema import menu_schema
from hotline.menubook.completion import complete, spot_at, steps_of

NAMES = {
    "steps": {"hello": "say", "main": "menu"},
    "prompts": {"greeting": "您好"},
    "windows": {"manager": ""},
    "slots": {"place": ""},
}
MENU = """menu: main
languages: [zh, en]
steps:
  hello:
    say:
      prompts: [greeting, |]
      next: main
  main:
    menu: {prompts: greeting, keys: {1: hello, 2: ^}, x
"""


def offered(text: str, mark: str = "|") -> tuple[str, list[str]]:
    at = text.index(mark)
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1)
    found = complete(text.replace(mark, "", 1), line, column, menu_schema(), NAMES)
    return found.typed, [option.label for option in found.options]


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("me|", {"menu", "steps", "emergency", "defaults"}),
        ("menu: main\nsteps:\n  hello:\n    s|", {"say", "set", "menu", "queue", "hours"}),
        ("steps:\n  hello:\n    say:\n      |", {"prompts", "next"}),
        ("steps:\n  hello:\n    say: {prompts: greeting, n|", {"next"}),
        ("steps:\n  hello:\n    say:\n      next: ma|", {"main", "hello"}),
        ("steps:\n  hello:\n    say:\n      prompts: gr|", {"greeting"}),
        ("steps:\n  hello:\n    say:\n      prompts:\n        - gr|", {"greeting"}),
        ("steps:\n  hello:\n    say:\n      prompts:\n      - {prompt: gr|", {"greeting"}),
        ("steps:\n  hello:\n    hours: {window: |", {"manager"}),
        ("steps:\n  main:\n    menu:\n      keys:\n        1: he|", {"hello"}),
        ("start: |", {"hello", "main"}),
        ("languages: [|", {"zh", "en"}),
    ],
)
def test_what_fits_is_offered(text: str, some: set[str]):
    assert some <= set(offered(text)[1])


def test_inside_a_list_and_a_map_of_one_line_names_are_offered():
    assert offered(MENU.replace("^", "hello")) == ("", ["greeting"])
    assert set(offered(MENU.replace("|", "greeting"), "^")[1]) == {"hello", "main"}


def test_keys_that_are_there_are_not_offered_again_and_what_is_needed_comes_first():
    typed, labels = offered("steps:\n  hello:\n    say:\n      next: main\n      p|\n")
    assert typed == "p"
    assert "next" not in labels and labels[0] == "prompts"


@pytest.mark.parametrize("text", ["# me|", "start: main  # st|", 'keys: ["0|'])
def test_nothing_is_offered_in_comments_and_quotes(text: str):
    assert offered(text)[1] == []


def test_a_place_is_found_by_indentation_in_a_broken_text():
    text = "a: [\nsteps:\n  x:\n    say:\n      prompts:\n        - {prompt: greeting, when: \n"
    spot = spot_at(text, 6, len("        - {prompt: greeting, when: "))
    assert spot is not None
    assert spot.path == ("steps", "x", "say", "prompts", "*", "when") and not spot.key


def test_steps_are_found_in_a_broken_text():
    assert steps_of(MENU + "}}}") == {"hello": "say", "main": "menu"}
