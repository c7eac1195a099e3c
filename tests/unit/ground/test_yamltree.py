"""The fast reader says what ruamel's says, of every file that is shipped, and refuses what could hurt."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from hotline.yamltree import BadYaml, Map, Seq, tree

SHIPPED = sorted([*Path("config").rglob("*.yaml"), *Path("prompts").rglob("*.yaml")])


def same(ours: Any, theirs: Any) -> Iterator[str]:
    """Yield where two trees differ in values or lines."""
    if isinstance(theirs, CommentedMap):
        assert list(ours) == list(theirs)
        for key, value in theirs.items():
            if ours.lines[key] != theirs.lc.key(key)[0] + 1:
                yield f"line of {key}"
            yield from same(ours[key], value)
    elif isinstance(theirs, CommentedSeq):
        assert len(ours) == len(theirs)
        for place, value in enumerate(theirs):
            if ours.lines[place] != theirs.lc.item(place)[0] + 1:
                yield f"line of item {place}"
            yield from same(ours[place], value)
    elif isinstance(theirs, date):
        if ours != theirs.isoformat():
            yield f"{ours!r} is not {theirs!r}"
    elif ours != theirs or isinstance(ours, bool) != isinstance(theirs, bool):
        yield f"{ours!r} is not {theirs!r}"


@pytest.mark.parametrize("path", SHIPPED, ids=str)
def test_shipped_files_say_the_same_in_the_same_lines(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert list(same(tree(text), YAML(typ="rt").load(text))) == []


WORDS = """\
yes no on off y N true True TRUE false null Null ~ 12 012 0x1F 0o17 0b101 1_000 -3 +4 1.5 .5 5. 1e3 1.5e-3
1e 12:30 190:20:30 1.2.3 0800 +8613900001111 '12' "on" .inf -.inf - x:y 3-2-602 08:30-11:30 1__2 _1 1,2"""


@pytest.mark.parametrize("text", WORDS.split())
def test_words_mean_what_they_mean_in_yaml_1_2(text: str) -> None:
    assert list(same(tree(f"- {text}\n"), YAML(typ="rt").load(f"- {text}\n"))) == []


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")))
KEYS = st.text("abc 键", min_size=1)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS


@settings(max_examples=80)
@given(
    st.recursive(
        SCALARS,
        lambda one: (
            st.lists(one, max_size=4) | st.dictionaries(st.text("abc 键", min_size=1), one, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_whatever_can_be_written_is_read_back(value: Any) -> None:
    out = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = (
        False  # in brackets ruamel leaves words such as :0 without quotes, libyaml wants them
    )
    yaml.dump(value, out)
    assert tree(out.getvalue()) == value


def test_merged_mappings_give_way_to_what_is_written_and_aliases_repeat() -> None:
    found = tree("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\nc: {<<: [*a, {x: 5, z: 6}]}\nd: [*a]\n")
    assert (found["b"], found["c"], found["d"]) == (
        {"x": 1, "y": 3},
        {"x": 1, "y": 2, "z": 6},
        [{"x": 1, "y": 2}],
    )
    assert (type(found), type(found["d"]), found.lines["c"]) == (Map, Seq, 5)


MANY = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 'x'}]" for n in range(12))


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 'duplicate key "a", first in line 1'),
        ("a:\n  - *b\n", 2, 'undefined alias "b"'),
        ("a: &a [*a]\n", 1, "undefined alias"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("? [1, 2]\n: 3\n", 1, "single word"),
        ("- &a {}\n- {*a : 1}\n", 2, "single word"),
        ("a: !!python/object:os.system x\n", 1, "no meaning here"),
        ("a: !box {b: 1}\n", 1, "no meaning here"),
        ("a: {<<: 5}\n", 1, "<< takes mappings"),
        ("a: [1, 2\nb: 3\n", 2, "expected ',' or ']'"),
        ("a: b: c\n", 1, "mapping values are not allowed"),
        ("a: 1\nb: \x07\n", 2, "not allowed"),
        ("[" * 100_000, 1, "levels deep"),
        ("- " * 50_000 + "x", 1, "levels deep"),
        (MANY, 7, "stands for more"),
    ],
    ids=range(15),
)
def test_what_is_no_yaml_or_could_hurt_is_refused_with_its_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(BadYaml, match=re.escape(problem)) as caught:
        tree(text)
    assert caught.value.line == line
