"""What parts of figures are called, and how values are written for people. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hotline.reports.figures import NONE, Figure, Unit

PARTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        # tickets
        "repair": ("报修", "Repair"), "complaint": ("投诉", "Complaint"), "request": ("求助", "Request"),
        "enquiry": ("咨询", "Enquiry"), "suggestion": ("建议", "Suggestion"), "message": ("留言", "Message"),
        "first_response": ("首次响应", "First response"), "on_site": ("到场", "On site"),
        "feedback": ("反馈", "Feedback"), "solved": ("解决", "Solved"), "promised": ("承诺", "Promised"),
        # how calls end
        "abandoned": ("未办理", "Nothing done"), "informed": ("已告知", "Informed"),
        "ticket": ("登记工单", "Ticket"), "incomplete": ("资料不全", "Incomplete"),
        "emergency": ("紧急", "Emergency"), "transferred": ("转接", "Connected"),
        "failed": ("未成功", "Failed"),
        "staff": ("员工专线", "Staff"), "booked": ("已预约", "Booked"), "outside": ("外线", "Outside line"),
        # what the shipped menu leads to
        "repairs": ("报修", "Repairs"), "complaints": ("投诉", "Complaints"), "fees": ("费用", "Fees"),
        "manager": ("总经理热线", "General manager"), "progress": ("进度", "Progress"),
        "wakeup": ("叫醒", "Wake-up"), "other_language": ("切换语言", "Language"),
        "human": ("人工", "A human"),
        "main": ("重听", "Repeat"), "directory": ("查号", "Directory"), "note": ("留言", "Message"),
        "world_clock": ("世界时间", "World clock"),
        # transfers
        "blind": ("直接转接", "Blind"), "attended": ("询问后转接", "After asking"),
        "menu": ("语音转接", "By the menu"),
        # wake-ups
        "confirmed": ("客人确认", "Confirmed"), "knocked": ("敲门叫醒", "Knocked"),
        "unconfirmed": ("未确认", "Unconfirmed"), "too_late": ("已过时", "Too late"),
        "cancelled": ("取消", "Cancelled"), "skipped": ("跳过", "Left out"),
        # reminders
        "says_paid": ("称已付", "Says paid"), "dispute": ("有异议", "Dispute"),
        "human_reached": ("转人工", "Wanted a human"), "call_back": ("要求回电", "Call back"),
        "wrong_person": ("非本人", "Wrong person"), "settled": ("已结清", "Settled"),
        "paid": ("已付清", "Paid"),
        "open": ("待付", "Open"), "kept": ("已兑现", "Kept"), "broken": ("未兑现", "Broken"),
        "replaced": ("已改约", "Replaced"), "void": ("已作废", "Void"),
        NONE: ("（无）", "(none)"),
    }
)  # fmt: skip
"""By key; others – queues, departments, buildings, steps of one's own menu – are called what they are."""
UNITS: Mapping[Unit, tuple[str, str]] = MappingProxyType(
    {
        Unit.NUMBER: ("", ""), Unit.SHARE: ("", ""), Unit.SECONDS: ("", ""), Unit.FEN: ("元", "CNY"),
        Unit.MINUTES: ("分钟", "min"), Unit.SCORE: ("分", ""), Unit.PERCENT: ("分", ""),
    }
)  # fmt: skip
_OWN_WORDS = frozenset({"tickets.by_department", "tickets.by_building", "waiting.by_queue"})
"""Figures whose parts are people's own names, whatever the words above say."""
NO_VALUE = "–"


def part_name(figure: Figure[object], key: str, names: Mapping[str, str], *, chinese: bool) -> str:
    """Return what a part is called; ``names``: of operators, by number."""
    if figure.id.startswith("operators.") and key in names:
        return f"{key} {names[key]}"
    if figure.id.startswith("calls.by_hour") and key != NONE:
        return f"{key}:00"
    if key != NONE and (figure.id in _OWN_WORDS or figure.id.endswith("by_department")):
        return key
    zh, en = PARTS.get(key, (key, key))
    return zh if chinese else en


def value(unit: Unit, found: float | None, *, chinese: bool) -> str:
    """Return a value as people read it: ``93.5%``, ``1:02:05``, ``1,204``, ``3,250.00 元``."""
    if found is None:
        return NO_VALUE
    match unit:
        case Unit.SHARE:
            return f"{found * 100:.1f}%"
        case Unit.SECONDS:
            return clock(found)
        case Unit.FEN:
            text = f"{int(found) // 100:,}.{int(found) % 100:02d}"
        case Unit.NUMBER if float(found).is_integer():
            text = f"{int(found):,}"
        case Unit.NUMBER | Unit.SCORE:
            text = f"{found:,.2f}"
        case _:
            text = f"{found:,.1f}"
    word = UNITS[unit][0 if chinese else 1]
    return f"{text} {word}".rstrip()


def clock(seconds: float) -> str:
    """``9.4 s`` below a minute, then ``1:05`` and ``1:02:05``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"
