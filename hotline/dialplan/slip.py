"""The charge slip 话费单 as the cashier prints it. Pure."""

from __future__ import annotations

from datetime import tzinfo

from hotline.dialplan.models import OutsideCallRow

_WIDTH = 32


def printable(row: OutsideCallRow, *, number: str, house: str, zone: tzinfo) -> str:
    """Return one call's slip; ``number`` as it may be shown, ``house`` is the estate's name."""
    begin = row.answered_at or row.permitted_at
    seconds = row.seconds or 0
    lines = [
        house,
        "外线话费单 Telephone charge",
        "-" * _WIDTH,
        f"单号 No.       {row.slip}",
        f"房间 Room      {row.place}" if row.room else f"话务员 Operator {row.operator}",
        f"时间 Time      {begin.astimezone(zone):%Y-%m-%d %H:%M:%S}",
        f"号码 Number    {number}",
        f"时长 Duration  {seconds // 60}:{seconds % 60:02d}",
        f"类别 Kind      {row.category.value}",
        f"资费 Tariff    {row.tariff}" if row.tariff else "",
        f"金额 Charge    {'-' if row.cost is None else row.cost} {row.currency}",
        "（通话因故障中断 cut off by a fault）" if row.lost else "",
        "-" * _WIDTH,
        "签字 Signature",
    ]
    return "\n".join(line for line in lines if line) + "\n"
