"""Entries, staff and residents as lines of tables. Pure."""

from __future__ import annotations

from collections.abc import Callable

from hotline.accounts.models import StaffRow
from hotline.call.ports.enquiries import Listing
from hotline.residents.models import ResidentRow
from hotline.web.console.kit.grid import Row
from hotline.web.console.kit.paging import address
from hotline.web.masks import Masks

Texts = Callable[[str, str], str]
KINDS = {
    "owner": ("业主", "owner"), "tenant": ("租户", "tenant"), "family": ("家属", "family"),
    "resident": ("住户", "resident"), "business": ("商户", "business"),
}  # fmt: skip
ENTRIES = {
    "department": ("部门", "department"), "manager": ("经理", "manager"), "utility": ("公用事业", "utility"),
    "public": ("公共服务", "public service"), "emergency": ("紧急", "emergency"),
}  # fmt: skip
ROLES = {
    "technician": ("维修工", "technician"), "manager": ("经理", "manager"),
    "operator": ("话务员", "operator"),
    "supervisor": ("主管", "supervisor"), "floor": ("楼层值班", "floor staff"),
}  # fmt: skip


def entry(one: Listing, t: Texts) -> Row:
    """Return an entry of directory.yaml: names, kind, what is told or dialled, code, put through now."""
    connect = t("可转接", "put through") if one.connect else t("只报号码", "number is told")
    kind = t(*ENTRIES.get(one.kind, (one.kind, one.kind)))
    return Row((t(one.names["zh"], one.names["en"]), kind, one.told or one.number, one.code, connect))


def member(row: StaffRow, t: Texts, masks: Masks) -> Row:
    """Return somebody of the staff: number, name, roles, telephone."""
    roles = t("、", ", ").join(t(*ROLES.get(one, (one, one))) for one in row.roles)
    telephone = masks.number(row.telephone, row.telephone_raw) if row.telephone_raw else ""
    return Row((row.number, masks.name(row.name), roles, telephone))


def resident(row: ResidentRow, t: Texts, masks: Masks) -> Row:
    """Return somebody of a room: room, name, kind, numbers, note."""
    room = str(row.room.place)
    numbers = "\n".join(masks.number(one.number, one.raw) for one in row.numbers)
    kind = t(*KINDS.get(row.kind, (row.kind, row.kind)))
    cells = (room, masks.name(row.name), kind, numbers, masks.text(row.note))
    return Row(cells, link=address("/directory/room", {"room": room}), key=str(row.id))
