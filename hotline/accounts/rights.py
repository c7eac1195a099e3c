"""Who may do what: one table of rights for pages, API and tokens (DOMAIN section 9). Pure.

A right is a :class:`Scope`. Programs have those of their token, people those of their roles; both are a
:class:`Holder`, and whatever lets somebody in or refuses them asks :meth:`Holder.may` and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

OPERATOR = "operator"
"""A token named ``operator:NUMBER`` belongs to that operator."""


class Scope(StrEnum):
    """What somebody may do."""

    LIVE = "live:read"
    """Calls in progress, queues, presence, alarms; no numbers without ``personal:read``."""
    CALLS_READ = "calls:read"
    CALLS_WRITE = "calls:write"
    """Remarks and dispositions on call records; deleting a recording."""
    RECORDINGS = "recordings:listen"
    """Recordings and transcripts; each look is on the record."""
    TICKETS_READ = "tickets:read"
    TICKETS_WRITE = "tickets:write"
    TICKETS_SUPERVISE = "tickets:supervise"
    """What a supervisor decides: postponing beyond the limit, reopening, closing without a visit."""
    WAKEUPS_READ = "wakeups:read"
    WAKEUPS_WRITE = "wakeups:write"
    STAYS_WRITE = "stays:write"
    RESIDENTS_READ = "residents:read"
    RESIDENTS_WRITE = "residents:write"
    FEES_READ = "fees:read"
    FEES_WRITE = "fees:write"
    CAMPAIGNS_READ = "campaigns:read"
    CAMPAIGNS_WRITE = "campaigns:write"
    CONFIRMATIONS_READ = "confirmations:read"
    CONFIRMATIONS_WRITE = "confirmations:write"
    MESSAGES_READ = "messages:read"
    MESSAGES_WRITE = "messages:write"
    DIRECTORY_READ = "directory:read"
    DUTY_READ = "duty:read"
    DUTY_WRITE = "duty:write"
    SHIFTS_READ = "shifts:read"
    SHIFTS_WRITE = "shifts:write"
    OUTSIDE_READ = "outside:read"
    """Bookings, approvals and charges of outside calls."""
    OUTSIDE_WRITE = "outside:write"
    REPORTS_READ = "reports:read"
    QUALITY_READ = "quality:read"
    QUALITY_WRITE = "quality:write"
    MENUS_READ = "menus:read"
    MENUS_WRITE = "menus:write"
    """Menus and prompts: drafts, publishing, recordings of prompts."""
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    STAFF_READ = "staff:read"
    STAFF_WRITE = "staff:write"
    ACCOUNTS_WRITE = "accounts:write"
    """Accounts of people, their roles, and tokens of programs."""
    AUDIT_READ = "audit:read"
    PRIVACY_WRITE = "privacy:write"
    """Export and deletion of one person's data."""
    SYSTEM_READ = "system:read"
    """Trunks, disk, models, versions, configuration files."""
    SYSTEM_WRITE = "system:write"
    PERSONAL_READ = "personal:read"
    """Names and numbers in full, on the record; masked without it."""
    DESK = "desk"
    """Work as an operator: headset and desk. A token is the operator's it is named after (``operator:8``)."""
    SUPERVISE = "supervise"
    """Listen to, whisper to and join operators' calls; change their presence."""


IMPLIED: Mapping[Scope, Scope] = MappingProxyType(
    {
        scope: Scope(f"{area}:read")
        for scope in Scope
        for area, _, deed in [scope.value.partition(":")]
        if deed == "write" and f"{area}:read" in set(Scope)
    }
)
"""Who may change something may see it."""
OF_ALL_ESTATES = frozenset({Scope.AUDIT_READ, Scope.SYSTEM_READ, Scope.SYSTEM_WRITE, Scope.MENUS_WRITE})
"""The machine, the audit, menus and prompts are everybody's: who is there for one estate has none of them."""


class Role(StrEnum):
    """What somebody is in the console."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    TECHNICIAN = "technician"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


_OPERATOR = {
    Scope.LIVE, Scope.CALLS_READ, Scope.TICKETS_WRITE, Scope.WAKEUPS_WRITE, Scope.STAYS_WRITE,
    Scope.RESIDENTS_READ, Scope.FEES_READ, Scope.CONFIRMATIONS_WRITE, Scope.MESSAGES_WRITE,
    Scope.DIRECTORY_READ, Scope.DUTY_READ, Scope.SHIFTS_WRITE, Scope.OUTSIDE_WRITE, Scope.PERSONAL_READ,
    Scope.DESK,
}  # fmt: skip
_SUPERVISOR = _OPERATOR | {
    Scope.CALLS_WRITE, Scope.RECORDINGS, Scope.TICKETS_SUPERVISE, Scope.RESIDENTS_WRITE, Scope.FEES_WRITE,
    Scope.CAMPAIGNS_WRITE, Scope.DUTY_WRITE, Scope.REPORTS_READ, Scope.QUALITY_WRITE, Scope.MENUS_READ,
    Scope.STAFF_READ, Scope.SYSTEM_READ, Scope.SUPERVISE,
}  # fmt: skip
_MANAGER = {
    Scope.LIVE, Scope.CALLS_READ, Scope.RECORDINGS, Scope.TICKETS_WRITE, Scope.TICKETS_SUPERVISE,
    Scope.WAKEUPS_READ, Scope.RESIDENTS_READ, Scope.FEES_READ, Scope.CAMPAIGNS_READ,
    Scope.CONFIRMATIONS_READ, Scope.MESSAGES_READ, Scope.DIRECTORY_READ, Scope.DUTY_READ,
    Scope.SHIFTS_READ, Scope.OUTSIDE_WRITE, Scope.REPORTS_READ, Scope.QUALITY_READ, Scope.MENUS_READ,
    Scope.STAFF_READ, Scope.PERSONAL_READ, Scope.SYSTEM_READ,
}  # fmt: skip
_TECHNICIAN = {Scope.TICKETS_WRITE, Scope.DUTY_READ, Scope.DIRECTORY_READ}
_AUDITOR = {
    Scope.LIVE, Scope.CALLS_READ, Scope.TICKETS_READ, Scope.WAKEUPS_READ, Scope.FEES_READ,
    Scope.CAMPAIGNS_READ, Scope.CONFIRMATIONS_READ, Scope.MESSAGES_READ, Scope.DIRECTORY_READ,
    Scope.DUTY_READ, Scope.SHIFTS_READ, Scope.OUTSIDE_READ, Scope.REPORTS_READ, Scope.QUALITY_READ,
    Scope.MENUS_READ, Scope.WEBHOOKS_READ, Scope.STAFF_READ, Scope.AUDIT_READ, Scope.SYSTEM_READ,
}  # fmt: skip

RIGHTS: Mapping[Role, frozenset[Scope]] = MappingProxyType(
    {
        Role.OPERATOR: frozenset(_OPERATOR),
        Role.SUPERVISOR: frozenset(_SUPERVISOR),
        Role.MANAGER: frozenset(_MANAGER),
        Role.TECHNICIAN: frozenset(_TECHNICIAN),
        Role.ADMINISTRATOR: frozenset(Scope),
        Role.AUDITOR: frozenset(_AUDITOR),
    }
)
"""What each role may do; who has several may do what any of them may."""


def rights_of(roles: Collection[Role]) -> frozenset[Scope]:
    """Return what these roles may do together."""
    return frozenset().union(*(RIGHTS[role] for role in roles))


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever was let in: a program by its token, a person by their session."""

    id: str
    """Of the token, or ``user:USERNAME``."""
    name: str
    """The token's, or the person's username."""
    estate: str
    """Empty: every estate."""
    scopes: frozenset[Scope]
    person: bool = False
    number: str = ""
    """Staff or operator number of a person; empty when they have none."""

    @property
    def who(self) -> str:
        """As histories name it: ``api:pms``, ``user:wang``."""
        return f"{'user' if self.person else 'api'}:{self.name}"

    @property
    def operator(self) -> str:
        """Number of the operator this is; empty for others."""
        if not self.may(Scope.DESK):
            return ""
        if self.person:
            return self.number
        kind, _, number = self.name.partition(":")
        return number if kind == OPERATOR else ""

    def serves(self, estate: str) -> bool:
        """Whether something of an estate is theirs; empty: of every estate, which needs somebody of all."""
        return self.estate in ("", estate)

    def may(self, scope: Scope) -> bool:
        """Whether a scope, or one that implies it, was given, and does not reach beyond one's estate."""
        if self.estate and scope in OF_ALL_ESTATES:
            return False
        return scope in self.scopes or any(IMPLIED.get(own) is scope for own in self.scopes)
