"""Why something of a person's data is not deleted, as codes and as sentences. Pure.

PIPL article 47: what a law demands to be kept, or what an unfinished matter needs, is kept and used for that
alone; whoever asks is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

REASONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "open-ticket": (
            "还有未办结的工单：姓名、电话和相关录音保留到办结后再删除。",
            "A ticket is not closed yet: name, number and its recordings are kept until it is.",
        ),
        "unpaid-bills": (
            "该房间还有未缴账单：业主登记信息为履行合同所必需。",
            "The room has unpaid bills: the resident's entry is needed to carry out the contract.",
        ),
        "call-in-progress": ("通话还在进行。", "A call is still going on."),
        "open-call": (
            "还有待拨的电话（催缴、通知、回访等）未完成。",
            "A call to this person is still to be placed (a reminder, a notice, a follow-up).",
        ),
        "open-message": ("还有未送达的留言。", "A message has not been delivered yet."),
        "open-wakeup": ("还有未执行的叫醒。", "A wake-up is still booked."),
        "stays-here": ("住客仍在住。", "The guest still stays here."),
        "unbilled-charges": (
            "还有未结算的外线话费。", "Charges of outside calls have not been billed yet.",
        ),
        "open-promise": ("还有未到期的缴费承诺。", "A promise to pay is still open."),
        "do-not-call": (
            "“请勿再拨”名单保留该号码，否则还会再被拨打。",
            "The list of people who are not to be called keeps the number: they would be called again.",
        ),
        "staff": (
            "该号码是员工登记的电话：按劳动关系保留，离职时在员工页面移除。",
            "The number is a member of staff's: it is kept for the employment and removed with it.",
        ),
        "written-elsewhere": (
            "其他人的记录（其他工单、留言、交接班日志等）的文字中写有该号码：请搜索并人工处理。",
            "What others wrote (on other tickets, in messages, shift logs) has the number in it: search for "
            "it and see to it by hand.",
        ),
        "backups": (
            "备份中的副本随备份轮换到期，不再用于其他用途。",
            "Copies in backups go when the backups are rotated; they are used for nothing else.",
        ),
    }
)  # fmt: skip


def sentence(code: str, *, chinese: bool) -> str:
    """Return the reason in words; the code itself when it is not known."""
    zh, en = REASONS.get(code, (code, code))
    return zh if chinese else en
