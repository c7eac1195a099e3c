"""A menu as it stands in a file: names, defaults and steps."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from hotline.ivr.steps import AnyStep
from hotline.ivr.steps.base import Defaults, Items, Language, Seconds, Section
from hotline.ivr.steps.desk import Desk
from hotline.ivr.steps.menu import Key, KeyTargets
from hotline.ivr.steps.refs import GivenSlot, StepRef

StepName = Annotated[str, Field(pattern=StepRef.pattern)]


class Emergency(Section):
    """How the emergency is reached from everywhere (DOMAIN section 3)."""

    step: StepRef | None = None
    """Where it is taken; only flows may go without."""
    lift: StepRef | None = None
    """Where lift telephones start, their place known; default: ``step``."""
    confirm: StepRef | None = None
    """A ``verify`` step that asks whether a keyword was meant; without it a keyword counts at once."""
    keys: tuple[Key, ...] = ("00", "**")
    """``**`` also while digits are being entered. YAML needs quotes here: ``00`` would be zero."""
    words: dict[Language, tuple[str, ...]] = Field(default_factory=dict)
    """Per language: what, when said in any question, leads to the emergency."""

    @field_validator("keys")
    @classmethod
    def _two_keys(cls, keys: tuple[Key, ...]) -> tuple[Key, ...]:
        if any(len(key) < 2 for key in keys):
            raise ValueError('an emergency key is pressed by accident when it is short: use "00" or "**"')
        return keys


NO_EMERGENCY = Emergency(keys=())


class Menu(Section):
    """One conversation: its steps and where it begins.

    A *menu* answers calls; a *flow* (``flow:`` instead of ``menu:``) is said on calls the machine
    places, to somebody it has rung about something: no emergency, and ``given`` what it is about.
    """

    menu: Annotated[str, Field(pattern=StepRef.pattern)] | None = None
    """Its name; the file is called the same."""
    flow: Annotated[str, Field(pattern=StepRef.pattern)] | None = None
    """Name of a flow; the file is called the same."""
    given: tuple[GivenSlot, ...] = ()
    """Slots whoever places the call fills: ``ticket.number``, ``place``, ``words`` …"""
    languages: tuple[Language, ...] = Field(("zh",), min_length=1)
    """The first is spoken when the estate's own is not among them."""
    start: StepRef
    failure: StepRef
    """Where a call goes on after a fault of ours: an apology, then a human or a message."""
    emergency: Emergency = NO_EMERGENCY
    everywhere: KeyTargets = Field(default_factory=dict)
    """Keys that work in every question which is not an entry of digits (``0``: a human)."""
    defaults: Defaults
    desk: Desk = Desk()
    """What is said around operators, for all ``queue`` steps."""
    filler: Items = ()
    """Said when a command takes over a second."""
    longest: Seconds | None = None
    """Seconds after which a call goes to ``too_long`` (not while people talk, not in an emergency)."""
    too_long: StepRef | None = None
    steps: dict[StepName, AnyStep] = Field(min_length=1)

    @property
    def name(self) -> str:
        """Name of the menu or flow."""
        return self.menu or self.flow or ""

    @model_validator(mode="after")
    def _menu_or_flow(self) -> Menu:
        if (self.menu is None) == (self.flow is None):
            raise ValueError('name it at the top: "menu: NAME", or "flow: NAME" for calls the machine places')
        if self.menu is not None and self.emergency.step is None:
            raise ValueError('"emergency" is missing, with its "step": every caller must reach it')
        if self.menu is not None and self.given:
            raise ValueError('only a flow is "given" something: nobody knows yet why a caller calls')
        return self
