"""Telephone numbers as people type them into a form, several in one field. Pure."""

from __future__ import annotations

import re

from hotline.web.console.setup.edits import SetUpRefused

_BETWEEN = re.compile(r"[,，;；、\s]+")
_NUMBER = re.compile(r"\+?[0-9*#-]{3,24}")


def dialled(text: str) -> tuple[str, ...]:
    """Return the numbers in a text, each once; raises :class:`SetUpRefused` for what is none."""
    found = [one for one in _BETWEEN.split(text.strip()) if one]
    for one in found:
        if not _NUMBER.fullmatch(one):
            raise SetUpRefused(
                f'"{one[:30]}" is no telephone number: digits, as people dial it.', code="bad-dialled"
            )
    return tuple(dict.fromkeys(one.replace("-", "") for one in found))
