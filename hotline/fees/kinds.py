"""What lists call the items of a bill, and how they write months. Pure."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from enum import StrEnum


class ItemKind(StrEnum):
    """Kinds of :attr:`hotline.call.ports.BillItem.kind`: each has its word in every language."""

    PROPERTY = "property"
    WATER = "water"
    ELECTRICITY = "electricity"
    GAS = "gas"
    HEATING = "heating"
    PARKING = "parking"
    WASTE = "waste"
    OTHER = "other"


LABELS: dict[ItemKind, tuple[str, ...]] = {
    ItemKind.PROPERTY: (
        "物业费", "物业服务费", "物业管理费", "服务费", "管理费",
        "property fee", "service fee", "management fee", "property",
    ),
    ItemKind.WATER: ("水费", "自来水费", "热水费", "中水费", "污水费", "公摊水费", "water fee", "water"),
    ItemKind.ELECTRICITY: ("电费", "公摊电费", "electricity fee", "electricity", "power"),
    ItemKind.GAS: ("燃气费", "煤气费", "天然气费", "gas fee", "gas"),
    ItemKind.HEATING: ("供暖费", "采暖费", "取暖费", "暖气费", "供热费", "heating fee", "heating"),
    ItemKind.PARKING: (
        "停车费", "车位费", "车位管理费", "车位租金", "地下车位费", "parking fee", "parking",
    ),
    ItemKind.WASTE: ("垃圾费", "垃圾清运费", "生活垃圾费", "卫生费", "waste fee", "waste"),
    ItemKind.OTHER: (
        "维修费", "维修基金", "维修资金", "储藏室租金", "储藏室费", "仓储费", "租金", "房租", "电梯费",
        "公摊费", "能耗费", "装修管理费", "押金", "有线电视费", "宽带费", "其他", "其他费", "其他费用",
        "其它", "其它费用", "减免", "优惠", "maintenance", "storage rent", "rent", "lift fee", "discount",
        "other",
    ),
}  # fmt: skip
"""Items every list may have as columns or rows; more under ``items`` of ``fees.yaml``. DOMAIN section 3."""
_KIND_OF = {label: kind for kind, labels in LABELS.items() for label in labels}

LIST_COLUMNS: dict[str, tuple[str, ...]] = {
    "estate": ("estate", "小区", "小区名称", "项目名称"),
    "building": ("building", "block", "楼栋", "楼栋号", "楼号", "栋", "幢", "座", "楼"),
    "unit": ("unit", "entrance", "单元", "单元号"),
    "room": ("room", "房号", "房间", "房间号", "室", "室号", "flat", "apartment"),
    "month": ("month", "月份", "账期", "费用月份", "所属月份", "账单月份", "计费月份"),
    "item": ("item", "项目", "费项", "收费项目", "费用项目", "费用名称", "费用类型", "收费名称"),
    "amount": ("amount", "金额", "费用金额"),
    "total": (
        "total", "合计", "总计", "总额", "总金额", "应收", "应收金额", "应缴金额", "欠费金额", "合计金额",
    ),
    "due_on": (
        "due", "due date", "due on", "缴费截止日", "缴费截止日期", "截止日期", "到期日", "应缴日期",
    ),
    "notice_on": (
        "notice", "notice date", "notice on", "通知日期", "通知日", "缴费通知日期", "送达日期", "催缴日期",
    ),
    "paid_on": (
        "paid", "paid on", "payment date", "缴清日期", "实缴日期", "付款日期", "支付日期", "到账日期",
        "收款日期",
    ),
}  # fmt: skip
"""Columns of a bill list that are not items, with their headings."""
_TAKEN = {_heading for headings in LIST_COLUMNS.values() for _heading in headings}
_MONTH = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.]0?1|月份?)?|(\d\d))")


def plain(text: str) -> str:
    """Return a heading or label as it is compared: ``水 费（元）`` → ``水费``."""
    folded = unicodedata.normalize("NFKC", text)
    folded = re.sub(r"[(（\[【].*[)）\]】]\s*$", "", folded)
    return re.sub(r"\s+", " ", folded.replace("_", " ").replace("*", "")).strip().lower()


def kind_of(label: str, more: Mapping[str, ItemKind]) -> ItemKind | None:
    """Return what kind of fee a label is; ``None`` for one nobody knows. ``more``: of ``fees.yaml``."""
    wanted = plain(label)
    own = {plain(name): kind for name, kind in more.items()}
    return own.get(wanted) or _KIND_OF.get(wanted)


def is_taken(heading: str) -> bool:
    """True for a heading that is no item in any list: the room, the total …"""
    return plain(heading) in _TAKEN


def looks_like_money(heading: str) -> bool:
    """True for a heading that is an amount of somebody's bill by its last character or word."""
    return bool(re.search(r"(费|费用|金|款|租|fee|charge|rent)$", plain(heading)))


def month(text: str) -> str | None:
    """Return ``2026-10`` for ``2026-10``, ``202610``, ``2026/10``, ``2026年10月`` and ``2026-10-01``.

    The last is what a sheet makes of a month; any other day, and whatever else, is ``None``.
    """
    found = _MONTH.fullmatch(unicodedata.normalize("NFKC", text).replace(" ", ""))
    if found is None:
        return None
    year, number = int(found[1]), int(found[2] or found[3])
    return f"{year}-{number:02}" if 1 <= number <= 12 and 2000 <= year <= 2199 else None


def month_after(month: str, months: int) -> str:
    """Return the month that many months later."""
    year, number = map(int, month.split("-"))
    count = year * 12 + number - 1 + months
    return f"{count // 12}-{count % 12 + 1:02}"


def day_of_month(month: str, day: int) -> date:
    """Return a day of a month, its last day when the month is shorter."""
    year, number = map(int, month.split("-"))
    return date(year, number, min(day, monthrange(year, number)[1]))
