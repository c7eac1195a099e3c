"""What is wrong with a dial plan and its tariffs, every mistake at its line. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from hotline.call.errors import Problem
from hotline.call.ports.outside import OutsideCategory as Category
from hotline.dialplan.patterns import Pattern, common, covered, parse
from hotline.dialplan.planfile import MembersIn, PlanFile
from hotline.dialplan.tarifffile import TariffFile
from hotline.yamlsource import Document

NEVER = frozenset({Category.PREMIUM, Category.FORBIDDEN, Category.INTERNAL})
"""Kinds of numbers that go out by no line, so they need neither trunk nor tariff."""
_Where = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One pattern of a list and where it stands."""

    where: _Where
    text: str
    owner: str
    group: object
    """Patterns of one group may overlap as they like."""

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        return parse(self.text)


def of_plan(found: PlanFile, document: Document) -> list[Problem]:
    """Return every mistake of ``dialplan.yaml`` that its own lines show."""
    return [
        *_twice(document, ("numbers",), [rule.name for rule in found.numbers]),
        *_twice(document, ("trunks",), [trunk.name for trunk in found.trunks]),
        *_never_dialled(found, document),
        *_order(document, _entries(found)),
        *_unknown_classes(found, document),
        *_members(found, document),
        *_trunks(found, document),
    ]


def of_tariffs(plan: PlanFile, found: TariffFile, document: Document) -> list[Problem]:
    """Return every mistake of ``tariffs.yaml``, also against the plan."""
    return [
        *_twice(document, ("tariffs",), [tariff.name for tariff in found.tariffs]),
        *_gaps(found, document),
        *_same_tariff(found, document),
        *_unrated(plan, found, document),
        *(
            document.problem(
                ("surcharges", name), f'no class "{name}" in dialplan.yaml ({_listed(plan.classes)})'
            )
            for name in found.surcharges
            if name not in plan.classes
        ),
    ]


def against_settings(
    found: PlanFile,
    document: Document,
    *,
    accounts: Collection[str],
    estates: Collection[str],
    open_door: bool,
) -> list[Problem]:
    """Return names ``hotline.yaml`` does not have, and doors that stand open.

    ``open_door``: anybody's INVITE is taken without an account, so a caller number proves nothing.
    """
    problems = [
        document.problem(
            ("trunks", number, "account"),
            f'no account "{trunk.account}" under sip.accounts ({_listed(accounts)})',
        )
        for number, trunk in enumerate(found.trunks)
        if trunk.account and trunk.account not in accounts
    ]
    if found.trunks and not accounts:
        problems.append(
            document.problem(("trunks",), "hotline.yaml has no account: nothing can be dialled", warning=True)
        )
    problems += [
        document.problem(("inside", place), f'no account "{name}" under sip.accounts ({_listed(accounts)})')
        for place, name in enumerate(found.inside)
        if name != "direct" and name not in accounts
    ]
    if open_door:
        sentence = (
            "anybody on the network can call with a room's number and dial out on its bill: list your "
            "telephones' and trunks' networks under sip.admission.allow"
        )
        problems += [
            document.problem(("inside", place), sentence, warning=True) for place in range(len(found.inside))
        ]
    problems += _unknown_estates(found, document, estates)
    return problems


# --- the plan ------------------------------------------------------------------------------------


def _entries(found: PlanFile) -> list[_Entry]:
    return [
        _Entry(("numbers", number, "numbers", place), text, rule.name, rule.category)
        for number, rule in enumerate(found.numbers)
        for place, text in enumerate(rule.numbers)
    ]


def _order(document: Document, entries: Sequence[_Entry]) -> Iterator[Problem]:
    """The first that fits counts: what comes after must add something, and cross nothing of another kind."""
    for place, entry in enumerate(entries):
        before = entries[:place]
        earlier = [pattern for other in before for pattern in other.patterns]
        if all(covered(pattern, earlier) for pattern in entry.patterns):
            owners = _listed({other.owner for other in before if _meet(entry, other)})
            yield document.problem(
                entry.where, f'"{entry.text}" is never reached: {owners} before it takes all'
            )
            continue
        for other in before:
            if other.group != entry.group and _cross(entry, other):
                yield document.problem(
                    entry.where,
                    f'"{entry.text}" and "{other.text}" of {other.owner} have numbers in common, neither is '
                    "part of the other: what is meant would hang on the order. Make one narrower.",
                )


def _meet(one: _Entry, other: _Entry) -> bool:
    return any(common(a, b) for a in one.patterns for b in other.patterns)


def _cross(one: _Entry, other: _Entry) -> bool:
    if not _meet(one, other):
        return False
    return not all(
        covered(a, other.patterns) for a in one.patterns if any(common(a, b) for b in other.patterns)
    ) and (
        not all(covered(b, one.patterns) for b in other.patterns if any(common(a, b) for a in one.patterns))
    )


def _never_dialled(found: PlanFile, document: Document) -> Iterator[Problem]:
    for number, rule in enumerate(found.numbers):
        if rule.always and rule.category in NEVER:
            yield document.problem(
                ("numbers", number, "always"), f"{rule.category.value} numbers cannot always be dialled"
            )
    for name, one in found.classes.items():
        for field in ("may", "approval", "approves"):
            for place, category in enumerate(getattr(one, field)):
                if category in (Category.PREMIUM, Category.FORBIDDEN):
                    yield document.problem(
                        ("classes", name, field, place),
                        f"{category.value} numbers are never dialled (DOMAIN 6)",
                    )


def _unknown_classes(found: PlanFile, document: Document) -> Iterator[Problem]:
    there = _listed(found.classes)
    if found.default_class not in found.classes:
        yield document.problem(("default_class",), f'no class "{found.default_class}" (there are: {there})')
    for number, members in enumerate(found.members):
        if members.service_class not in found.classes:
            sentence = f'no class "{members.service_class}" (there are: {there})'
            yield document.problem(("members", number, "class"), sentence)


def _members(found: PlanFile, document: Document) -> Iterator[Problem]:
    """Members that earlier lines have already, as far as these hold for the same estates and buildings."""
    for kind in ("rooms", "extensions", "operators"):
        earlier: list[tuple[MembersIn, tuple[Pattern, ...]]] = []
        for number, members in enumerate(found.members):
            texts: tuple[str, ...] | None = getattr(members, kind)
            if texts is None or (kind == "extensions" and not texts):
                continue
            before = [
                pattern
                for other, patterns in earlier
                if _holds_for(other, members, kind)
                for pattern in patterns
            ]
            for place, text in enumerate(texts or ("!",)):
                if all(covered(pattern, before) for pattern in parse(text)):
                    where = ("members", number, kind, *((place,) if texts else ()))
                    yield document.problem(
                        where, f"{_shown(texts, text)}: all of them are named above already"
                    )
            patterns = tuple(pattern for text in texts or ("!",) for pattern in parse(text))
            earlier.append((members, patterns))


def _holds_for(earlier: MembersIn, later: MembersIn, kind: str) -> bool:
    estates = not earlier.estates or (bool(later.estates) and set(later.estates) <= set(earlier.estates))
    if kind != "rooms" or not earlier.buildings:
        return estates
    return estates and bool(later.buildings) and set(later.buildings) <= set(earlier.buildings)


def _shown(texts: tuple[str, ...], text: str) -> str:
    return f'"{text}"' if texts else "all"


def _trunks(found: PlanFile, document: Document) -> Iterator[Problem]:
    carried = [(trunk, set(trunk.carries) or set(Category)) for trunk in found.trunks]
    for number, (trunk, categories) in enumerate(carried):
        before = [
            cats
            for other, cats in carried[:number]
            if not other.estates or set(trunk.estates or ("",)) <= set(other.estates)
        ]
        if before and categories <= set().union(*before):
            yield document.problem(
                ("trunks", number), "is never used: trunks above it carry all of this already"
            )
    for name, one in found.classes.items():
        for category in sorted({*one.may, *one.approval, *one.approves} - NEVER):
            if found.trunks and not any(category in cats for _, cats in carried):
                yield document.problem(
                    ("classes", name), f"no trunk carries {category.value} calls, which this class may dial"
                )


# --- tariffs -------------------------------------------------------------------------------------


def _gaps(found: TariffFile, document: Document) -> Iterator[Problem]:
    for number, tariff in enumerate(found.made().tariffs):
        missing = [f"{at:%H:%M} of a {day}" for at, day in tariff.gaps()]
        if missing:
            yield document.problem(
                ("tariffs", number, "bands"),
                f"no band from {', from '.join(missing)}: every minute needs one",
            )


def _same_tariff(found: TariffFile, document: Document) -> Iterator[Problem]:
    taken: dict[tuple[Category, str], str] = {}
    for number, tariff in enumerate(found.tariffs):
        for category in tariff.categories:
            for prefix in tariff.prefixes or ("",):
                other = taken.setdefault((category, prefix), tariff.name)
                if other != tariff.name:
                    what = f"{category.value} numbers" + (f" that begin with {prefix}" if prefix else "")
                    yield document.problem(("tariffs", number), f'{what} have the tariff "{other}" already')


def _unrated(plan: PlanFile, found: TariffFile, document: Document) -> Iterator[Problem]:
    dialled = {c for one in plan.classes.values() for c in (*one.may, *one.approval, *one.approves)} - NEVER
    charged = {rule.category for rule in plan.numbers if not rule.free}
    plain = {category for tariff in found.tariffs if not tariff.prefixes for category in tariff.categories}
    for category in sorted((dialled & charged) - plain):
        yield document.problem(
            ("tariffs",), f"no tariff without prefixes for {category.value} calls, which classes may dial"
        )


# --- both ----------------------------------------------------------------------------------------


def _twice(document: Document, where: _Where, names: Sequence[str]) -> Iterator[Problem]:
    for number, name in enumerate(names):
        if name in names[:number]:
            yield document.problem((*where, number, "name"), f'there is a "{name}" above already')


def _unknown_estates(found: PlanFile, document: Document, estates: Collection[str]) -> Iterator[Problem]:
    named: list[tuple[_Where, str]] = [(("area_codes", name), name) for name in found.area_codes]
    for section in ("trunks", "members"):
        for number, entry in enumerate(getattr(found, section)):
            named += [((section, number, "estates", place), name) for place, name in enumerate(entry.estates)]
    for where, name in named:
        if name not in estates:
            yield document.problem(where, f'no estate "{name}" in hotline.yaml ({_listed(estates)})')


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
