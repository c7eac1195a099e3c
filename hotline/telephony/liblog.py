"""The SIP library's own log lines, stripped of everything that belongs to a caller.

Its records carry numbers (``peer``, URIs in the text) and, from INFO on, keys pressed. Only
warnings and errors are passed on, with user parts and long digit runs masked; extras are dropped.
"""

from __future__ import annotations

import logging
import re

import structlog

LIBRARY_LOGGER = "baresip"

_USER_PART = re.compile(r"\b(sips?|tel):[^@\s>;]*(?:@|(?=[\s>;]|$))", re.IGNORECASE)
_BARE_USER = re.compile(r"[^\s<>:@]+@(?=[\w\[])")
_DIGITS = re.compile(r"\+?\d{5,}")
_KEYS = re.compile(r"dtmf|telephone-event|telev|signal\s*=", re.IGNORECASE)

_log = structlog.get_logger(__name__)


def masked(text: str) -> str:
    """Return a library log line without user parts of URIs, long numbers or pressed keys."""
    if _KEYS.search(text):
        return "(a line about keys, left out)"
    text = _USER_PART.sub(lambda found: f"{found[1]}:*@" if found[0].endswith("@") else f"{found[1]}:*", text)
    return _DIGITS.sub("*", _BARE_USER.sub("*@", text)).strip()


class LibraryLog(logging.Handler):
    """Passes the library's warnings and errors to our log, masked."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._propagated = True

    def emit(self, record: logging.LogRecord) -> None:
        """Log one masked line; a traceback is reduced to the kind of its exception."""
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        extra = {"exception": kind} if kind else {}
        _log.log(record.levelno, "sip library", origin=record.name, line=masked(record.getMessage()), **extra)

    def open(self) -> None:
        """Become the only way out for the library's records."""
        logger = logging.getLogger(LIBRARY_LOGGER)
        self._propagated = logger.propagate
        logger.propagate = False
        logger.addHandler(self)

    def shut(self) -> None:
        """Give the library's logger back."""
        logger = logging.getLogger(LIBRARY_LOGGER)
        logger.removeHandler(self)
        logger.propagate = self._propagated
