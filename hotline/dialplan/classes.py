"""Who may dial what: the decision about one number from one telephone. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hotline.call.ports.outside import OutsideCategory as Category
from hotline.call.ports.paper import Place
from hotline.dialplan.plan import (
    Members,
    NumberRule,
    Plan,
    ServiceClass,
    Trunk,
    Unreadable,
    first_fitting,
    names,
    understand,
)

STRANGER = "outside-stranger"
UNREADABLE = "outside-unreadable"
UNKNOWN = "outside-unknown"
INTERNAL = "outside-internal"
PREMIUM = "outside-premium"
FORBIDDEN = "outside-forbidden"
CLASS = "outside-class"
APPROVAL = "outside-approval"
LINES_BUSY = "outside-lines-busy"
NO_TRUNK = "outside-no-trunk"
BOOKED = "outside-booked"
DIRECT = "direct"
"""Name under ``inside`` for calls that come in without an account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialler:
    """Who dials."""

    extension: str = ""
    """Normalised number of the telephone."""
    room: Place = field(default_factory=Place)
    """The room it stands in, or the one an operator dials for."""
    in_list: bool = False
    """The telephone is one of the room list."""
    operator: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the plan says; ``code`` is empty when it is allowed as it stands."""

    code: str = ""
    sentence: str = ""
    keys: str = ""
    """The number as dialled at home."""
    rule: NumberRule | None = None
    service_class: ServiceClass = field(default_factory=lambda: ServiceClass(name=""))
    trunk: Trunk | None = None
    needs_approval: bool = False
    """Allowed only with one that was given before."""
    self_approved: bool = False
    """The operator who dials may approve it, and does by dialling."""

    @property
    def category(self) -> Category:
        """What kind of number it is."""
        return Category.FORBIDDEN if self.rule is None else self.rule.category

    @property
    def sends(self) -> str:
        """The digits that go out."""
        return self.trunk.sends(self.keys) if self.trunk is not None else self.keys

    @property
    def longest(self) -> float | None:
        """Seconds; help is never cut off."""
        return None if self.rule is not None and self.rule.always else self.service_class.longest


def class_of(plan: Plan, dialler: Dialler, estate: str) -> ServiceClass | None:
    """Return the class of a telephone or an operator; ``None``: it is none of the house."""
    for members in plan.members:
        if (not members.estates or estate in members.estates) and _is_member(members, dialler):
            return plan.classes[members.service_class]
    if dialler.operator or dialler.in_list:
        return plan.classes[plan.default_class]
    return None


def decide(plan: Plan, dialler: Dialler, raw: str, estate: str) -> Decision:
    """Judge a number. Never raises: a refusal has its code and sentence."""
    who = class_of(plan, dialler, estate)
    if who is None:
        return Decision(
            code=STRANGER,
            sentence="This telephone is none of the house: list it under members in dialplan.yaml, or give "
            "its room the number with `hotline rooms`.",
        )
    try:
        dialled = understand(plan, raw, estate)
    except Unreadable:
        return Decision(
            code=UNREADABLE,
            sentence="This is no number to dial: three digits or more, nothing else.",
            service_class=who,
        )
    if dialled.rule is None:
        return Decision(
            code=UNKNOWN,
            sentence="No rule of dialplan.yaml knows such a number; check it, or add a rule.",
            keys=dialled.keys,
            service_class=who,
        )
    return _judge(plan, dialler, dialled.rule, dialled.keys, who, estate)


def carried(decision: Decision, *, has_carrier: bool) -> Decision:
    """Return the decision, refused where its trunk names no account and ``hotline.yaml`` has none to dial
    out by: nobody would be told “no answer” when nothing was dialled."""
    trunk = decision.trunk
    if decision.code or trunk is None or trunk.account or has_carrier:
        return decision
    sentence = (
        f'Nothing can be dialled by trunk "{trunk.name}": it names no account, and no account under '
        "sip.accounts in hotline.yaml carries outgoing calls."
    )
    return replace(decision, code=NO_TRUNK, sentence=sentence)


def _judge(
    plan: Plan, dialler: Dialler, rule: NumberRule, keys: str, who: ServiceClass, estate: str
) -> Decision:
    trunk = plan.trunk_for(rule.category, estate)
    code, sentence = _objection(rule, who, trunk)
    approval = not code and not rule.always and rule.category not in who.may
    self_approved = approval and bool(dialler.operator) and rule.category in who.approves
    return Decision(
        code=code,
        sentence=sentence,
        keys=keys,
        rule=rule,
        service_class=who,
        trunk=trunk,
        needs_approval=approval and not self_approved,
        self_approved=self_approved,
    )


def _objection(rule: NumberRule, who: ServiceClass, trunk: Trunk | None) -> tuple[str, str]:
    category = rule.category
    if category is Category.PREMIUM:
        return PREMIUM, f'"{rule.name}" are premium numbers (声讯台): they are never dialled from this house.'
    if category is Category.FORBIDDEN:
        return FORBIDDEN, f'"{rule.name}" are numbers that are not dialled from this house.'
    if category is Category.INTERNAL:
        return INTERNAL, "This is a number of the house: dial it without an outside line."
    if not rule.always and category not in who.may | who.approval | who.approves:
        return CLASS, (
            f'Class "{who.name}" may dial {names(who.may | who.approval) or "nothing"}, not {category.value}.'
        )
    if trunk is None:
        return NO_TRUNK, f"No trunk in dialplan.yaml carries {category.value} calls of this estate."
    return "", ""


def _is_member(members: Members, dialler: Dialler) -> bool:
    if dialler.operator:
        return members.operators is not None and (
            not members.operators or first_fitting(members.operators, dialler.operator)
        )
    if dialler.extension and first_fitting(members.extensions, dialler.extension):
        return True
    if members.rooms is None or not dialler.in_list or not dialler.room.room:
        return False
    if members.buildings and dialler.room.building not in members.buildings:
        return False
    return not members.rooms or first_fitting(members.rooms, dialler.room.room)
