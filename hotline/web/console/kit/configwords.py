"""What stands against a deed in the files of the configuration, for pages: in Chinese, without folders.

The checks tell it as to a command, by file and place. By the form of the sentence, as
:mod:`~hotline.web.console.kit.listwords` does; a form that is not here (mistakes inside a flow, which the
menu editor tells in full) stays English behind the name of its file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from hotline.call.errors import Problem

MOST = 5
"""Mistakes told at a time; a page that refuses a deed is no editor."""
_FORMS = (
    (r"(\d+) people have bare telephone numbers, but no account carries outgoing calls: add one under "
     r"sip\.accounts",
     "名单中有 {0} 人留的是普通电话号码，但没有能呼出的线路：请在 sip.accounts 中添加"),
    (r'no policy "(.*)" \(there are: (.*)\)', "没有呼叫策略“{0}”（现有：{1}）"),
    (r'no window "(.*)" in hours\.yaml', "hours.yaml 中没有时段“{0}”"),
    (r"there is no such flow \(there are: (.*)\)", "没有这个流程（现有：{0}）"),
    (r"no step reports an answer: .*", "没有一步记下回答：问卷须有除 finished、not_now、stop 以外的 report"),
    (r'no step reports "finished": .*', "没有一步 report“finished”：谁也不会算答完"),
    (r'no step reports "identified": .*', "没有一步 report“identified”：报金额之前没有人核实身份"),
    (r'no step reports "understood": .*', "没有一步 report“understood”：谁也不能表示知道了"),
    (r'"(.*)" takes keys pressed before it has asked who is on the line: set fresh: true',
     "步骤“{0}”在问清对方身份之前就接受按键：请写 fresh: true"),
    (r'"(.*)" looks bills up before a step reports "identified"',
     "步骤“{0}”在 report“identified”核实身份之前就查账单"),
)  # fmt: skip
_COMPILED = tuple((re.compile(form, re.DOTALL), chinese) for form, chinese in _FORMS)


def sentence(message: str, *, chinese: bool) -> str:
    """Return one mistake in the language of a page."""
    if chinese:
        for form, translated in _COMPILED:
            if found := form.fullmatch(message):
                return translated.format(*found.groups())
    return message


def told(problems: Sequence[Problem], *, chinese: bool) -> str:
    """Return mistakes, a line each: the file's name, the line, what it is."""
    lines = [_line(one, chinese=chinese) for one in problems[:MOST]]
    if more := len(problems) - len(lines):
        lines.append(f"（还有 {more} 处）" if chinese else f"({more} more)")
    return "\n".join(lines)


def _line(problem: Problem, *, chinese: bool) -> str:
    name = PurePath(problem.file).name
    place = (
        (f"{name} 第 {problem.line} 行" if chinese else f"{name}:{problem.line}") if problem.line else name
    )
    what = sentence(problem.message, chinese=chinese)
    return f"{place}：{what}" if chinese else f"{place}: {what}"
