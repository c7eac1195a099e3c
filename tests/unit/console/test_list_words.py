"""What readers of lists say is said in Chinese on Chinese pages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import hotline
from hotline.web.console.kit import listwords

READERS = (
    "sheets/files.py", "sheets/table.py", "sheets/findings.py", "residents/listing.py", "residents/rooms.py",
    "fees/listing.py", "fees/rooms.py", "fees/storing.py", "fees/service.py", "campaigns/listing.py",
)  # fmt: skip
TELL = {
    "bad": 2,
    "bad_line": 2,
    "bad_list": 0,
    "warn": 2,
    "_refused": 1,
    "_warn": 1,
    "_warning": 1,
    "Problem": 3,
}
"""What tells a mistake, and which of its arguments is the sentence."""


def said(node: ast.expr) -> str | None:
    """Return a sentence as it would be said; ``None``: it is put together elsewhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(one.value if isinstance(one, ast.Constant) else "7" for one in node.values)  # type: ignore[misc]
    return None


def sentences(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("message", "sentence"):
            given = node.value
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if len(node.args) <= TELL.get(name, 99):
                continue
            given = node.args[TELL[name]]
        else:
            continue
        if (sentence := said(given)) is not None:
            yield sentence


@pytest.mark.parametrize("reader", READERS)
def test_every_sentence_of_a_list_s_reader_is_known_in_chinese(reader: str) -> None:
    found = list(sentences(Path(hotline.__file__).parent / reader))
    found = [one for one in found if one != "is 7"]  # whose telephone it is: below
    assert [one for one in found if listwords.sentence(one, chinese=True) == one] == []


def test_what_was_typed_stays_in_the_sentence_and_columns_have_their_names() -> None:
    chinese = {
        '"13x" is no telephone number': "“13x”不是电话号码",
        "no column for the room's telephone (one of: telephone, 分机); the headings are: 楼栋, {0}":
            "缺少“房间电话”列（可写成：telephone, 分机）；现有表头：楼栋, {0}",
        '"王" of this room is owner in another row': "该房“王”在另一行是业主",
        "is not a column of the bill list and is left out": "账单没有这一列，未读取",
        "is the telephone of room 3-2-602": "是 3-2-602 房的电话",
        "is a lift telephone": "是电梯电话",
        "is a resident's own": "是住户本人的电话",
        "a sentence of tomorrow": "a sentence of tomorrow",
    }  # fmt: skip
    assert {one: listwords.sentence(one, chinese=True) for one in chinese} == chinese
    assert listwords.sentence("is missing", chinese=False) == "is missing"
    assert listwords.column("room", chinese=True) == "房号"
    assert len(listwords.sentence("x" * 10_000_000, chinese=True)) < 600
