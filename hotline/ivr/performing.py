"""Performing what has a result: whatever happens, exactly one result comes of a request."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from hotline.call.clock import Clock
from hotline.call.errors import (
    CallGone,
    HotlineError,
    MessageRefused,
    OperatorRefused,
    OutsideRefused,
    RoomRefused,
    StaffRefused,
    TicketRefused,
    WakeupRefused,
)
from hotline.ivr import commands, events
from hotline.ivr.within import within

log = structlog.get_logger(__name__)

REFUSALS = (
    TicketRefused,
    StaffRefused,
    RoomRefused,
    WakeupRefused,
    OperatorRefused,
    MessageRefused,
    OutsideRefused,
)
"""Rules at work."""
Perform = Callable[[], Coroutine[Any, Any, events.Result]]


async def result_of(command: commands.Request, perform: Perform, *, clock: Clock, leg: str) -> events.Result:
    """Perform a request within its patience and word what came of it; raises nothing.

    ``leg`` is named in the log when it is our fault.
    """
    request, what = command.request, type(command).__name__
    try:
        if command.patience == float("inf"):
            return await perform()
        return await within(clock, command.patience, perform())
    except TimeoutError:
        log.warning("too slow for a caller", what=what, leg=leg)
        return events.Late(request=request)
    except CallGone:
        return events.Nothing(request=request)
    except REFUSALS as refusal:
        return events.Refused(request=request, code=refusal.code)
    except HotlineError as error:
        log.error("a call's request failed", what=what, code=error.code, leg=leg)
        return events.Failed(request=request, code=error.code)
    except Exception as error:
        log.exception("a call's request failed", what=what, leg=leg)
        return events.Failed(request=request, code=type(error).__name__)
