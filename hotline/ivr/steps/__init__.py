"""The steps of the menu language, one file a kind.

A new kind is one file, its import and its place in :data:`KINDS`: everything else (loader, checks,
schema, drawing) finds what it needs in the model.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from hotline.ivr.steps.act import Act
from hotline.ivr.steps.add import Add
from hotline.ivr.steps.base import Step
from hotline.ivr.steps.cases import Cases
from hotline.ivr.steps.collect import Collect
from hotline.ivr.steps.confirm import Confirm
from hotline.ivr.steps.consent import Consent
from hotline.ivr.steps.enquire import Connect, Enquire
from hotline.ivr.steps.goto import Goto
from hotline.ivr.steps.guard import Guard
from hotline.ivr.steps.hangup import Hangup
from hotline.ivr.steps.hours import Hours
from hotline.ivr.steps.identify import Identify
from hotline.ivr.steps.listen import Listen
from hotline.ivr.steps.lookup import Lookup
from hotline.ivr.steps.menu import Menu
from hotline.ivr.steps.message import Message
from hotline.ivr.steps.outside import Outside
from hotline.ivr.steps.presence import Presence
from hotline.ivr.steps.queue import Queue
from hotline.ivr.steps.record import Record
from hotline.ivr.steps.report import Report
from hotline.ivr.steps.room_pin import RoomPin
from hotline.ivr.steps.say import Say
from hotline.ivr.steps.set import Set
from hotline.ivr.steps.take_message import LeaveMessage
from hotline.ivr.steps.ticket import Ticket
from hotline.ivr.steps.transfer import Transfer
from hotline.ivr.steps.verify import Verify
from hotline.ivr.steps.wakeup import Wakeup
from hotline.ivr.steps.when import When

KINDS: tuple[type[Step], ...] = (
    Say,
    Consent,
    Menu,
    Collect,
    Record,
    Confirm,
    Verify,
    Listen,
    Hours,
    Lookup,
    Guard,
    Cases,
    Ticket,
    Add,
    Transfer,
    Queue,
    Message,
    LeaveMessage,
    Enquire,
    Connect,
    Identify,
    Presence,
    Act,
    RoomPin,
    When,
    Wakeup,
    Outside,
    Report,
    Set,
    Goto,
    Hangup,
)
"""Every step kind there is."""


def name_of(kind: type[Step]) -> str:
    """Return the key a step kind has in the file."""
    return str(kind.model_fields["step"].default)


NAMES = tuple(name_of(kind) for kind in KINDS)


def _unwrap(value: Any) -> Any:
    """``{menu: {keys: …}}`` → ``{step: menu, keys: …}``: the form the union is told apart by."""
    if isinstance(value, Step):
        return value
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError(f"a step is one of {', '.join(NAMES)} with its settings below it")
    (name, settings), *_ = value.items()
    if name not in NAMES:
        raise ValueError(f'no step kind "{name}"; there are {", ".join(NAMES)}')
    if settings is None:
        settings = {}
    if not isinstance(settings, dict):
        raise ValueError(f'the settings of "{name}" belong below it, one a line')
    if "step" in settings:
        raise ValueError('unknown key "step"')
    return {**settings, "step": name}


if TYPE_CHECKING:
    AnyStep = Annotated[Step, "one of KINDS"]
else:
    AnyStep = Annotated[reduce(or_, KINDS), Field(discriminator="step"), BeforeValidator(_unwrap)]
"""One step as it stands in a file: ``{<kind>: {<settings>}}``."""
