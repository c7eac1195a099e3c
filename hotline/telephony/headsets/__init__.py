"""Headsets as telephone lines: legs whose sound comes over a Unix socket from the gateway process."""

from hotline.telephony.headsets.call import HeadsetCall
from hotline.telephony.headsets.line import HeadsetLine

__all__ = ["HeadsetCall", "HeadsetLine"]
