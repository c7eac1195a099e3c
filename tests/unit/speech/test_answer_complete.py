from __future__ import annotations

import pytest

from hotline.call.ports import Question, QuestionKind
from hotline.speech.live.complete import is_complete


@pytest.mark.parametrize(
    ("kind", "text", "complete"),
    [
        (QuestionKind.CHOICE, "报修", True),
        (QuestionKind.CHOICE, "嗯", False),
        (QuestionKind.CHOICE, " ", False),
        (QuestionKind.YES_NO, "是的", True),
        (QuestionKind.YES_NO, "等一下", False),
        (QuestionKind.PHONE, "幺三八幺二三四五六七八", True),
        (QuestionKind.PHONE, "幺三八幺二三四", False),
        (QuestionKind.PHONE, "八二三四五六七", False),
        (QuestionKind.PLACE, "三号楼二单元六零二", False),
        (QuestionKind.PLACE, "三号楼二单元六零二室", False),
        (QuestionKind.PLACE, "三号楼二单元六零二厨房漏水", True),
        (QuestionKind.PLACE, "三号楼二单元", False),
        (QuestionKind.PLACE, "厨房漏水", False),
        (QuestionKind.DIGITS, "一二三", False),
        (QuestionKind.FREE, "厨房漏水", False),
        (QuestionKind.FREE, "电梯困人了", True),
    ],
)
def test_an_answer_is_complete_when_nothing_can_be_added(
    kind: QuestionKind, text: str, complete: bool
) -> None:
    asked = Question(kind=kind, language="zh", estate="e1", emergency_phrases=("电梯困人",))
    assert is_complete(asked, text) is complete
