"""What the hotline itself writes in a ticket's history, in Chinese. What people wrote stays as it is. Pure.

Histories are kept in English, for command lines and programs; the shipped menus' own notes are among them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from hotline.web.console.calls.words import word
from hotline.web.console.tickets import words

_WHOLE: Mapping[str, str] = MappingProxyType(
    {
        "by telephone": "通过电话",
        "took the call": "接听了来电",
        "message delivered": "留言已送达",
        "nobody took it": "无人接手",
        "from the transcript": "来自通话转写",
        "what was said, transcribed": "所说内容已转成文字",
        "caller told by telephone": "已电话告知来电人",
        "the caller does not agree to wait": "来电人不同意等候",
        "reopened: by telephone": "已电话获知重新打开",
        "followed up": "已回访",
        "follow-up call": "回访电话",
        "follow-up": "回访",
        "not reached": "未接通",
        "not solved": "未解决",
        "not satisfied": "不满意",
        "instruction": "总经理批示",
        "instruction of the manager": "总经理批示",
        "instruction after the call": "通话后的批示",
        "everybody on duty was rung": "已呼叫全部值班人员",
        "everybody on duty but whom it is about was rung": "除被投诉人外，已呼叫全部值班人员",
        "nobody to tell: no number of the owner, no roster": "无人可告知：负责人没有号码，也没有值班表",
        "caller hung up": "来电人挂断",
        "call ended before it was complete": "通话在登记完整之前结束",
        "call interrupted": "通话中断",
        "emergency keyword heard, not confirmed by the caller": "听到紧急关键词，来电人未确认",
        "emergency call": "紧急来电",
        "called again about it": "再次来电催问",
        "general manager's line": "总经理热线",
        "message taken because nobody was free": "无人空闲，已留言",
        "remark by the caller": "来电人补充",
        "said about a ticket that has ended": "就已结束的工单留言",
        "said by telephone": "电话口述",
        "says it is paid: check the payment": "称已缴费：请核对缴费",
        "disputes the bill": "对账单有异议",
        "asked for a human about the bill: call back": "就账单要求人工：请回电",
        "asked for a human about a notice: call back": "就通知要求人工：请回电",
        "personal visit: somebody else answers this number": "上门：此号码由他人接听",
        "personal visit: does not want to be called": "上门：不愿再接到电话",
    }
)
_PATTERNS = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (r"rung (\d+) rounds", r"已呼叫 \1 轮"),
        (r"given up after (\d+) calls", r"呼叫 \1 次后放弃"),
        (r"not reached in (\d+) calls", r"呼叫 \1 次未接通"),
        (r"not acknowledged in (\d+) calls", r"呼叫 \1 次未确认"),
        (r"personal visit: (\d+) calls in vain", r"上门：呼叫 \1 次无果"),
        (r"satisfaction (\d)", r"满意度 \1"),
        (r"([1-5]) of 5", r"满意度 \1 / 5"),
        (r"handed to operator ([^;\n]+)", r"转接话务员 \1"),
        (r"handed to ([^;\n]+)", r"已转接 \1"),
        (r"connected to ([^;\n]+)", r"已接通 \1"),
        (r"to be called back from ([^;\n]+)", r"待回电（队列 \1）"),
        (r"from (\d+)", r"来自工单 \1"),
        (r"duplicate of (\d+)", r"与工单 \1 重复"),
        (r"belongs to (\d+)", r"属于工单 \1"),
        (r"about bill (\d+)", r"涉及账单 \1"),
        (r"not in the directory: ([^;\n]*)", r"名录中没有：\1"),
        (r"said before: (.+) s of the recording", r"先前所说：录音第 \1 秒"),
        (r"(\S+ )?(\d+\.\d-\d+\.\d) s\b ?(.*)", r"录音第 \2 秒 \3"),
        (r"roster (\S+) is rung about it", r"正按值班表“\1”呼叫"),
        (r"by telephone: ([^;\n]+)", r"电话告知 \1"),
        (r"no number of ([^;\n]+): roster (\S+)", r"\1 没有号码：按值班表“\2”呼叫"),
        (r"no owner: roster (\S+)", r"没有负责人：按值班表“\1”呼叫"),
    )
)
_CODES = {
    "sla_breach": words.LIMITS, "sla_warning": words.LIMITS, "nature": words.NATURES,
    "more_urgent": words.URGENCIES,
}  # fmt: skip
"""Events whose detail begins with a code."""
_OF_WHOM = re.compile(r"(.*\S) (\([^()]*\))", re.DOTALL)
"""A note with the campaign, or the member of staff, behind it."""


def detail(event: str, text: str, *, chinese: bool, by_hotline: bool = True) -> str:
    """Return the detail of a line of history in the page's language; a remark of a person's stays."""
    if event == "remark" and not by_hotline:
        return text
    codes = _CODES.get(event)
    if codes is not None:
        code, colon, why = text.partition(": ")
        return word(codes, code, chinese=chinese) + colon + why
    return in_chinese(text) if chinese else text


def in_chinese(text: str) -> str:
    """Return in Chinese what the hotline wrote itself: whole, or the parts of it between ``;`` and lines."""
    known = _known(text)
    if known is not None:
        return known
    for between, joined in (("\n", "\n"), ("; ", "；")):
        if between in text:
            parts = text.split(between)
            translated = [in_chinese(part) for part in parts]
            own = all(one != part for one, part in zip(translated, parts, strict=True))
            return (joined if own else between).join(translated)
    named, colon, why = text.partition(": ")
    if colon and (said := _known(why)) is not None:  # of whom, or how much, before the reason
        return f"{_known(named) or named}：{said}"
    return f"{satisfied}：{why}" if colon and (satisfied := _known(named)) is not None else text


def _known(text: str) -> str | None:
    if text in _WHOLE:
        return _WHOLE[text]
    for pattern, said in _PATTERNS:
        if found := pattern.fullmatch(text):
            return found.expand(said).strip()
    behind = _OF_WHOM.fullmatch(text)
    known = None if behind is None else _known(behind[1])
    return known if behind is None or known is None else f"{known} {behind[2]}"
