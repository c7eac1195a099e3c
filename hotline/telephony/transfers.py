"""The far end's own transfer key (REFER, RFC 3515): what it asks on one leg, and the answer it gets.

The library answers every REFER with 202 before it reports it, so the outcome travels in the final NOTIFY.
It sends only refusals of its own accord; a success only for calls it places itself, and those would
bypass the dial plan, the channels and the records. A transfer that was carried out is therefore
answered by ending the telephone's call (RFC 5589 section 6.1 leaves that to either side).
"""

from __future__ import annotations

from collections.abc import Callable

import baresip
import structlog

from hotline.call.events import TransferAsked
from hotline.telephony.outcomes import Dismissal
from hotline.telephony.refer import parse_refer_to

DECLINE = 603
TRANSFERRED = Dismissal("transferred")

_log = structlog.get_logger(__name__)


class TransferKey:
    """One leg's."""

    def __init__(
        self,
        native: baresip.Call,
        *,
        allowed: bool,
        post: Callable[[TransferAsked], None],
        decline: Callable[[], None],
    ) -> None:
        """``decline`` is called for a wish that nobody will answer; it is to see to :meth:`refuse`."""
        self._native = native
        self._allowed = allowed
        self._post = post
        self._decline = decline
        self.pending = False
        """A wish was posted and not answered."""

    def pressed(self, refer_to: str) -> None:
        """A REFER came; ``refer_to`` is its Refer-To header. A second one replaces the first."""
        asked = parse_refer_to(refer_to) if self._allowed else None
        self.pending = asked is not None
        if asked is not None:
            self._post(asked)
        else:
            self._decline()

    def lapsed(self) -> None:
        """The library gave the wish up: its subscription ran out (60 s)."""
        self.pending = False

    async def refuse(self) -> None:
        """Tell the far end 603; a wish that lapsed, or a call that is over, needs no answer."""
        self.pending = False
        try:
            await self._native.reject_transfer(DECLINE)
        except baresip.BaresipError as error:
            _log.debug("transfer not refused", reason=type(error).__name__)
