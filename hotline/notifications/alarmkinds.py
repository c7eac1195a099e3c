"""The alarms there are."""

from __future__ import annotations

from enum import StrEnum


class AlarmKind(StrEnum):
    """What people are called to see to."""

    TRUNK_DOWN = "trunk_down"
    """An account that should be registered is not: nobody gets through."""
    DISK_FILLING = "disk_filling"
    """Space for recordings runs out, or has."""
    CLOCK_UNSYNCHRONISED = "clock_unsynchronised"
    """Wake-ups, limits and records would carry a wrong time."""
    ROSTER_GAP = "roster_gap"
    """Nobody is on duty for something at some time today (DOMAIN section 5: absence is not allowed)."""
    CALLS_RESTARTED = "calls_restarted"
    """The process that takes calls was replaced, or does not answer."""
    SELFTEST_FAILED = "selftest_failed"
    """The hotline, dialled through its own trunk, did not sound as it should."""
    TICKET_UNACCEPTED = "ticket_unaccepted"
    """Everybody on the roster was rung and nobody took an urgent ticket."""
    WAKEUP_UNCONFIRMED = "wakeup_unconfirmed"
    """Nobody has confirmed that the guest is awake (DOMAIN section 7)."""
    RECORDING_FAILED = "recording_failed"
    """Calls go on without being recorded."""
    DELIVERY_FAILED = "delivery_failed"
    """Notifications to a channel are given up."""
