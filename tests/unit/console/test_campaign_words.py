"""Why a campaign is not begun is told in the language of the page, and without the server's folders."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import hotline
from hotline.app import campaignchecks
from hotline.call.errors import HotlineError, InvalidInput, Problem
from hotline.web.console.kit import configwords
from hotline.web.console.refusals import SENTENCES, sentence_of

SOURCE = Path(hotline.__file__).parent
REFUSE = ("campaigns/repository.py", "campaigns/service.py", "app/campaigning.py", "app/campaignchecks.py")


def calls(path: Path, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
            yield node


@pytest.mark.parametrize("file", REFUSE)
def test_every_refusal_of_a_campaign_has_a_code_of_its_own_and_a_chinese_sentence(file: str) -> None:
    for name in ("CampaignRefused", "HotlineError"):
        for node in calls(SOURCE / file, name):
            codes = [one.value.value for one in node.keywords if one.arg == "code"]  # type: ignore[attr-defined]
            assert len(codes) == 1, f"{file}:{node.lineno}"
            assert codes[0] in SENTENCES, codes[0]


def said(node: ast.expr) -> str:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(one.value if isinstance(one, ast.Constant) else "7" for one in parts)


def against_a_start() -> Iterator[str]:
    tree = ast.parse((SOURCE / "app/campaignchecks.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "message":
            yield said(node.value)
        elif isinstance(node, ast.Yield) and isinstance(node.value, ast.JoinedStr):
            yield said(node.value).replace('"7"', '"identified"')
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Problem", "_problem"):
            place = 3 if node.func.id == "Problem" else 2  # type: ignore[attr-defined]
            if isinstance(node.args[place], ast.JoinedStr) and "reports" not in (
                one := said(node.args[place])
            ):
                yield one
    for needed, why in campaignchecks._NEEDED.values():
        yield f'no step reports "{needed}": {why}'


def test_whatever_stands_against_a_start_is_known_in_chinese() -> None:
    found = list(against_a_start())
    assert len(found) >= 9
    assert [one for one in found if configwords.sentence(one, chinese=True) == one] == []


def test_mistakes_of_files_are_told_by_name_and_line_and_not_by_folder() -> None:
    wrong = [
        Problem("/srv/hotline/config/hotline.yaml", 0, "sip.accounts",
                "3 people have bare telephone numbers, but no account carries outgoing calls: add one under "
                "sip.accounts"),
        Problem("/srv/hotline/config/menus/outbound/survey.yaml", 12, "steps.x", "no step"),
    ]  # fmt: skip
    refused = InvalidInput(tuple(wrong))
    assert sentence_of(refused, chinese=True).split("\n") == [
        "hotline.yaml：名单中有 3 人留的是普通电话号码，但没有能呼出的线路：请在 sip.accounts 中添加",
        "survey.yaml 第 12 行：no step",
    ]
    english = sentence_of(refused, chinese=False)
    assert "/srv" not in english
    assert english.endswith("survey.yaml:12: no step")
    many = InvalidInput(tuple(wrong * 4))
    assert sentence_of(many, chinese=True).endswith("（还有 3 处）")
    assert sentence_of(HotlineError("Tomorrow's.", code="x"), chinese=True) == "Tomorrow's."
