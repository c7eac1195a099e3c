"""Where bills and promises stand. Pure."""

from __future__ import annotations

from enum import StrEnum


class BillState(StrEnum):
    """Where a bill stands."""

    UNPAID = "unpaid"
    PAID = "paid"
    WITHDRAWN = "withdrawn"
    """It was wrong or is collected otherwise: nobody is asked for it."""


class PromiseState(StrEnum):
    """What became of a promise to pay."""

    OPEN = "open"
    KEPT = "kept"
    """Everything it was about was paid by the promised day."""
    BROKEN = "broken"
    """The promised day passed and something was left."""
    REPLACED = "replaced"
    """The room gave another day before this one had passed."""
    VOID = "void"
    """Every bill it was about was withdrawn: nothing is left to be paid."""
