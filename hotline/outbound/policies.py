"""``config/outbound.yaml``: the policies of machine-placed calls, checked with file and line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from hotline import yamlsource
from hotline.home import shipped
from hotline.outbound.policy import Outcome, Policy

FILE = "outbound.yaml"
Seconds = Annotated[float, Field(ge=1, le=7 * 86400)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Policy(_Section):
    ring: Annotated[float, Field(ge=5, le=120)] = 30.0
    spacing: dict[Outcome, Seconds] = {}
    pause: Seconds = 60.0
    attempts: int | None = Field(None, ge=1, le=100)
    per_day: int | None = Field(None, ge=1, le=100)
    window: str = ""
    priority: int = Field(50, ge=0, le=100)


class DispatchRule(_Section):
    """Who is called about which tickets; the first rule that fits counts."""

    kind: str = ""
    urgency: str = ""
    topic: str = ""
    department: str = ""
    roster: str
    supervisor: str = ""
    policy: str
    flow: str = "dispatch"


class FollowUp(_Section):
    """Calls after “done” (DOMAIN section 4)."""

    policy: str = "follow_up"
    flow: str = "follow_up"
    after_minutes: Annotated[float, Field(ge=0, le=14 * 1440)] = 120
    sampling: dict[str, Annotated[float, Field(ge=0, le=1)]] = {}
    """Share of tickets called, by kind; kinds not named: all."""


class Messages(_Section):
    """Messages delivered when their window opens."""

    policy: str = "message"
    flow: str = "message"
    rosters: dict[str, str] = {"general_manager": "general_manager"}
    """By topic of the ticket: whom the message is read to."""


class OutboundFile(_Section):
    """All of the file."""

    policies: dict[str, _Policy] = {}
    dispatch: tuple[DispatchRule, ...] = ()
    follow_up: FollowUp = FollowUp()
    messages: Messages = Messages()

    def policy(self, name: str) -> Policy:
        """Return a policy; raises :class:`KeyError` for one that is not there."""
        found = self.policies[name]
        return Policy(name=name, **{key: getattr(found, key) for key in _Policy.model_fields})

    @property
    def named(self) -> Mapping[str, Policy]:
        """All policies by name."""
        return {name: self.policy(name) for name in self.policies}


def file_of(config: Path) -> Path:
    """Return the file in use: the administrator's, else the shipped one."""
    own = config / FILE
    return own if own.exists() else shipped("config") / FILE


def load(config: Path) -> OutboundFile:
    """Read and check the file.

    Raises :class:`~hotline.call.errors.InvalidInput` with every problem and its line.
    """
    path = file_of(config)
    document = yamlsource.read(path)
    return yamlsource.validate(OutboundFile, document)
