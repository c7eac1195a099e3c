"""Personal data on the command line: masked unless asked for, and every look is written down.

DOMAIN section 9. Whoever may run the command may read the database file as well; masking keeps
numbers and names off shared screens and out of pasted reports, and ``audit.log`` in the data folder
says who looked at what, when.
"""

from __future__ import annotations

import getpass
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from hotline.call.errors import EnvironmentFault
from hotline.home import Home
from hotline.language import masking, numbers

UnmaskedOption = Annotated[
    bool,
    typer.Option("--unmasked", help="Show numbers, names and words in full; noted in audit.log."),
]
_SIP_ADDRESS = re.compile(r"(?P<scheme>sips?:)(?P<user>[^@]+)@(?P<host>.+)")
_OWN_NAMES = frozenset({"hotline"})
"""Users of SIP addresses that are the hotline itself."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How personal data is shown: masked or, on the record, in full."""

    unmasked: bool

    def number(self, number: str, raw: str = "") -> str:
        """Return a normalised number (``raw`` if there is none): ``138****1111``."""
        text = number or raw
        return text if self.unmasked else numbers.mask(text) if number else _masked_text(text)

    def name(self, name: str) -> str:
        """Return a name: ``张*``."""
        return name if self.unmasked or not name else name[0] + "*"

    def text(self, text: str) -> str:
        """Return what somebody said or wrote, telephone numbers in it hidden."""
        return text if self.unmasked else masking.masked(text)

    def words(self, text: str) -> str:
        """Return a transcript; masked, only its length is told."""
        return text if self.unmasked or not text else f"({len(text)} characters, shown with --unmasked)"

    def key(self, key: str) -> str:
        """Return a pressed key."""
        return key if self.unmasked or not key else "•"


def _masked_text(raw: str) -> str:
    """A caller that is no number (a SIP user) may be a name; scheme and host of an address are not."""
    address = _SIP_ADDRESS.fullmatch(raw)
    if address is not None:
        return f"{address['scheme']}{_masked_text(address['user'])}@{address['host']}"
    if raw in _OWN_NAMES:
        return raw
    return raw[0] + "*" if len(raw) > 1 else raw


def shown(home: Home, *, unmasked: bool, command: str, rows: int, at: datetime) -> Shown:
    """Return how to show ``rows`` rows; a look at them in full is written to ``audit.log`` first.

    Raises :class:`~hotline.call.errors.EnvironmentFault` when that cannot be written: no look
    without its record.
    """
    if unmasked:
        line = {"at": at.isoformat(), "who": getpass.getuser(), "command": command, "rows": rows}
        path = home.root / "audit.log"
        try:
            with path.open("a", encoding="utf-8") as log:
                log.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as error:
            raise EnvironmentFault(
                f"{path} cannot be written ({error.strerror}), and personal data is shown only on the "
                "record. Leave --unmasked out, or run this as the user of the hotline.",
                code="audit-unwritable",
            ) from error
    return Shown(unmasked)
