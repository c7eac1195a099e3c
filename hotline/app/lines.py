"""One dialler for telephones and headsets: whoever is rung, by whatever line."""

from __future__ import annotations

from hotline.call.ports import Call, Dialer, DialOrder
from hotline.telephony.headsets.line import SCHEME


class Lines:
    """``headset:NUMBER`` goes to the headsets, everything else to the telephone; a :class:`Dialer`."""

    def __init__(self, telephony: Dialer, headsets: Dialer) -> None:
        """Both report their legs to the same book."""
        self._telephony = telephony
        self._headsets = headsets

    async def dial(self, order: DialOrder) -> Call:
        """Ring until answered; see the port."""
        line = self._headsets if order.to.startswith(SCHEME) else self._telephony
        return await line.dial(order)
