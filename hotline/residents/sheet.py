"""The columns of a residents' list."""

from __future__ import annotations

from pathlib import Path

from hotline import sheets
from hotline.sheets import Column, Columns, Sheet

COLUMNS = Columns(
    "the directory",
    {
        "estate": Column("the estate", ("estate", "项目", "小区", "物业项目"), repeats="first"),
        "building": Column(
            "the building",
            ("building", "block", "楼栋", "楼栋号", "楼号", "楼幢", "栋", "栋号", "幢", "幢号", "座", "楼"),
            repeats="first",
        ),
        "unit": Column("the unit", ("unit", "entrance", "单元", "单元号"), repeats="first"),
        "room": Column(
            "the room",
            ("room", "flat", "apartment", "房号", "房间", "房间号", "室", "室号", "房屋", "房产", "门牌号"),
            needed=True,
            repeats="first",
        ),
        "name": Column(
            "the name",
            ("name", "姓名", "名称", "业主", "业主姓名", "住户", "住户姓名", "客户姓名", "联系人"),
            repeats="first",
        ),
        "phone": Column(
            "the telephone",
            (
                "phone", "telephone", "mobile", "number", "tel", "电话", "电话号码", "手机", "手机号",
                "手机号码", "联系电话", "联系方式", "固定电话", "号码",
            ),
            repeats="all",
        ),
        "kind": Column(
            "the type", ("kind", "type", "类型", "类别", "身份", "住户类型", "客户类型"), repeats="first"
        ),
        "note": Column("the note", ("note", "notes", "remark", "remarks", "备注", "说明"), repeats="first"),
    },
)  # fmt: skip
"""Headings understood, in English and Chinese; several telephone columns may be there."""


def read(path: Path) -> Sheet:
    """Read a list. Raises :class:`~hotline.call.errors.InvalidInput`; see :func:`hotline.sheets.read`."""
    return sheets.read(path, COLUMNS)
