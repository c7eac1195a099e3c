"""What the pages about menus call things, in both languages. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from hotline.menubook.differences import StepChange
from hotline.menubook.models import MenuVersionRow
from hotline.web.console.kit.grid import Row
from hotline.web.console.shell import View

KINDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "first": ("最初版本", "as first seen"),
        "published": ("发布", "published"),
        "rollback": ("退回", "rolled back"),
        "disk": ("在磁盘上改动", "changed on disk"),
        "gone": ("文件被删除", "file deleted"),
    }
)
SORTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"added": ("新增", "added"), "removed": ("删除", "removed"), "changed": ("修改", "changed")}
)


def sort_of(view: View, file: str) -> str:
    """Return what a file is."""
    if file.endswith("tests/world"):
        return view.t("剧本的人物和房间", "people and rooms of scenarios")
    if "tests/" in file:
        return view.t("测试剧本", "scenarios")
    return view.t("呼出流程", "flow of placed calls") if "/" in file else view.t("来电菜单", "menu")


def what_of(view: View, row: MenuVersionRow) -> str:
    """Return how a version came to be."""
    zh, en = KINDS.get(row.kind, (row.kind, row.kind))
    if row.restored is None:
        return view.t(zh, en)
    return view.t(f"{zh}到第 {row.restored} 版", f"{en} to version {row.restored}")


def step_rows(view: View, changes: Sequence[StepChange]) -> list[Row]:
    """Return what changed, a line for each step and setting."""
    rows = []
    for one in changes:
        name = f"{one.step}\n({one.kind})" if one.step else view.t("步骤以外", "above the steps")
        settings = "\n".join(
            f"{each.where or one.kind}: {each.before or '–'} → {each.after or '–'}" for each in one.settings
        )
        tone = {"added": "", "removed": "red"}.get(one.sort, "amber")
        rows.append(Row((name, view.t(*SORTS[one.sort]), settings), tone=tone))
    return rows
