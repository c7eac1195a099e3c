"""“三号楼二单元六零二，厨房水管爆了”: the grammar of an estate's real addresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from hotline.speech.grammar import zh
from hotline.speech.grammar.nodes import Filler, Maybe, Node, aside, maybe, one_of, seq


@dataclass(frozen=True, slots=True)
class PlaceBlock:
    """The rooms of one staircase: what people say between building and door.

    ``unit`` is empty for a building without units. ``rooms`` are plain: ``("101", "102", …)``.
    """

    building: str
    unit: str
    rooms: tuple[str, ...]


class PlaceSource(Protocol):
    """Where an estate's addresses come from."""

    def places(self, estate: str) -> Sequence[PlaceBlock]:
        """Return every building and unit of the estate; empty when it has no room list."""
        ...


_BUILDING = ("号楼", "栋", "座", "幢", "号")
_BUILDING_WEIGHTS = (0.55, 0.3, 0.05, 0.05, 0.05)
_UNIT = ("单元", "门")
_UNIT_WEIGHTS = (0.95, 0.05)
LEAD_INS = (
    "我住", "我住在", "我家住", "我家在", "我家是", "这里是", "这是", "我是", "我们是", "我这里是", "在",
    "你好", "您好", "喂", "你好我是", "你好我住", "我要报修", "报修", "地址是", "我们家是", "我们家在",
)  # fmt: skip
CLOSINGS = ("的", "的业主", "的住户", "的租户", "室", "房", "房间", "这里", "家里", "我家", "我们家")
GROUPS_KEPT = 8
"""Buildings with equal units and rooms are one group; beyond this many groups the rooms are
pooled, so that an estate of many different buildings still makes a grammar small enough."""


def anywhere() -> tuple[PlaceBlock, ...]:
    """Addresses to listen for where an estate has no room list: forty tall buildings."""
    rooms = tuple(f"{floor}{door:02}" for floor in range(1, 34) for door in range(1, 9))
    return tuple(
        PlaceBlock(str(building), str(unit), rooms) for building in range(1, 41) for unit in range(1, 7)
    )


def place(blocks: Sequence[PlaceBlock], problem: Node) -> Node:
    """An address, whole or in part, perhaps led in, perhaps followed by what is the matter."""
    addresses = [_address(group) for group in _groups(blocks)]
    address = one_of(*addresses, weights=[1.0] * len(addresses)) if addresses else Filler()
    lead = maybe(aside(one_of(*LEAD_INS)), 0.15)
    tail = Maybe(aside(seq(maybe(one_of(*CLOSINGS), 0.3), problem)), 0.6)
    return seq(lead, address, tail)


@dataclass(frozen=True, slots=True)
class _Group:
    buildings: tuple[str, ...]
    units: tuple[str, ...]
    rooms: tuple[str, ...]


def _groups(blocks: Iterable[PlaceBlock]) -> list[_Group]:
    staircases: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for block in blocks:
        staircases[block.building, block.rooms].append(block.unit)
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for (building, rooms), units in staircases.items():
        alike[tuple(units), rooms].append(building)
    groups = [_Group(tuple(buildings), units, rooms) for (units, rooms), buildings in alike.items()]
    return groups if len(groups) <= GROUPS_KEPT else [_pooled(groups)]


def _pooled(groups: Sequence[_Group]) -> _Group:
    return _Group(
        tuple(dict.fromkeys(name for group in groups for name in group.buildings)),
        tuple(dict.fromkeys(name for group in groups for name in group.units)),
        tuple(dict.fromkeys(name for group in groups for name in group.rooms)),
    )


def _address(group: _Group) -> Node:
    building = seq(
        one_of(*(zh.numbered(name) for name in group.buildings)),
        one_of(*_BUILDING, weights=_BUILDING_WEIGHTS),
    )
    room = _rooms(group.rooms)
    units = [name for name in group.units if name]
    if not units:
        return seq(maybe(building, 0.96), maybe(room, 0.97))
    unit = seq(one_of(*(zh.numbered(name) for name in units)), one_of(*_UNIT, weights=_UNIT_WEIGHTS))
    # Said once each: a part that stands twice is two copies in the decoder's network.
    return seq(maybe(building, 0.98), maybe(unit, 0.96), maybe(room, 0.98))


def _rooms(rooms: Sequence[str]) -> Node:
    """Rooms as floor and door: floors with the same doors share one part."""
    doors: dict[str, list[str]] = defaultdict(list)
    plain: list[Node] = []
    for room in rooms:
        if room.isdigit() and len(room) in (3, 4):
            doors[room[:-2]].append(room[-2:])
        else:
            plain.append(zh.numbered(room))
    floors: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for floor, there in doors.items():
        floors[tuple(there)].append(floor)
    options = [_floors(tuple(names), there) for there, names in floors.items()]
    return one_of(*options, *plain) if options or plain else Filler()


def _floors(floors: tuple[str, ...], doors: tuple[str, ...]) -> Node:
    """六零二, 幺二零四 or 六百零二."""
    in_figures = seq(
        one_of(*(zh.digits(floor) for floor in floors)), one_of(*(zh.digits(name) for name in doors))
    )
    hundreds = [f"{zh.cardinal(int(floor))}百" for floor in floors if len(floor) == 1 and floor != "0"]
    counted = [_after_hundred(name) for name in doors if name != "00"]
    if not hundreds or not counted:
        return in_figures
    return one_of(in_figures, seq(one_of(*hundreds), one_of(*counted)), weights=(0.9, 0.1))


def _after_hundred(door: str) -> str:
    number = int(door)
    return f"零{zh.cardinal(number)}" if number < 10 else zh.cardinal(100 + number).removeprefix("一百")
