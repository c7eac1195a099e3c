"""Both languages say the same."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from hotline.call.ports import Presence
from hotline.desktop.errors import HeadsetProblem
from hotline.desktop.situation import Notice, Situation
from hotline.desktop.telling import notice_text, state_text
from hotline.desktop.wording import Wording, all_texts
from hotline.operators.presence import Absence


@pytest.mark.parametrize("key", sorted(all_texts()))
def test_a_text_has_the_same_facts_in_both_languages(key: str) -> None:
    chinese, english = (
        {name for _, name, _, _ in Formatter().parse(text) if name} for text in all_texts()[key]
    )
    assert chinese == english
    assert not re.search("[一-鿿]", all_texts()[key][1])


@pytest.mark.parametrize("presence", list(Presence))
def test_every_presence_is_worded(presence: Presence) -> None:
    assert Wording("zh").knows(presence.value)


def test_a_problem_is_worded_in_the_operator_s_language() -> None:
    problem = HeadsetProblem("wrong-address", url="x")
    assert "地址" in problem.worded(Wording("zh"))
    assert problem.sentence == problem.worded(Wording("en"))
    assert problem.code == "headset-wrong-address"


@pytest.mark.parametrize("code", ["outside-right", "nobody-found", "no-telephone", "operator-away", "failed"])
def test_what_the_hotline_refuses_is_said_in_chinese(code: str) -> None:
    refused = Notice(code, sentence="In English only.")
    assert re.search("[一-鿿]", notice_text(refused, Situation(), Wording("zh")))
    assert notice_text(refused, Situation(), Wording("en")) == "In English only."


@pytest.mark.parametrize("reason", [*Absence, "signed_in"])
def test_why_the_machine_paused_somebody_is_worded_and_what_they_typed_is_kept(reason: str) -> None:
    paused = Situation(presence="paused", reason=str(reason))
    assert str(reason) not in state_text(paused, Wording("zh"))
    paused.reason = "买药"
    assert "买药" in state_text(paused, Wording("zh"))
