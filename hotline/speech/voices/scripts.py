"""Prompt texts: ``prompts/<language>/texts/*.yaml``, ``id: text``.

A text that ends without a full stop is a piece (“您的工单号是”, “三”): it is spoken as if something
followed and trimmed tightly, because something does follow it in a call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hotline import yamlsource
from hotline.call.errors import InvalidInput, Problem
from hotline.language.wording import PAUSES

_ID = re.compile(r"[a-z0-9_]+")
_ENDS = tuple("。！？.!?")
_ABBREVIATED = re.compile(r"\b[a-z]\.[a-z]\.$")
"""“a.m.” ends with a full stop and is a piece all the same."""


@dataclass(frozen=True, slots=True)
class PromptText:
    """One prompt to be spoken."""

    id: str
    text: str
    say: str
    """What the voice is given: the text, or a spelling that makes it say the text rightly."""
    file: str
    line: int

    @property
    def whole(self) -> bool:
        """True for a sentence, False for a piece that others follow."""
        return self.text.endswith(_ENDS) and not _ABBREVIATED.search(self.text)


def read_scripts(folder: Path) -> dict[str, PromptText]:
    """Return all texts of ``folder``/texts by id, in the order of the files.

    An entry is ``id: text`` or ``id: {text: …, say: …}``. Raises
    :class:`~hotline.call.errors.InvalidInput` with every problem: ids that are no ids or come twice,
    texts that are empty, unknown keys.
    """
    found: dict[str, PromptText] = {}
    problems: list[Problem] = []
    for path in sorted((folder / "texts").glob("*.yaml")):
        document = yamlsource.read(path, shown_as=_shown(path))
        for entry in _entries(document):
            if isinstance(entry, Problem):
                problems.append(entry)
            elif entry.id in found:
                first = found[entry.id]
                message = f"the id is in {first.file}:{first.line} already"
                problems.append(Problem(entry.file, entry.line, entry.id, message))
            else:
                found[entry.id] = entry
    if problems:
        raise InvalidInput(tuple(problems))
    return found


def _shown(path: Path) -> str:
    return "/".join(path.parts[-4:])


def _entries(document: yamlsource.Document) -> Iterator[PromptText | Problem]:
    content = document.plain()
    if not isinstance(content, Mapping):
        yield document.problem((), "must be a list of ids with their texts, one “id: text” a line")
        return
    for key, value in content.items():
        where = (key,)
        parts = value if isinstance(value, Mapping) else {"text": value}
        text, say = parts.get("text"), parts.get("say")
        if not isinstance(key, str) or not _ID.fullmatch(key):
            yield document.problem(where, "an id is made of a-z, 0-9 and _")
        elif key in PAUSES:
            yield document.problem(where, "is the name of a pause and needs no text")
        elif set(parts) - {"text", "say"}:
            yield document.problem(where, "has text and, where the voice needs help, say; nothing else")
        elif not isinstance(text, str) or not text.strip():
            yield document.problem(where, "has no text; write what is said (in quotes, if it is a number)")
        elif say is not None and not isinstance(say, str):
            yield document.problem(where, "say must be a text")
        else:
            yield PromptText(key, text.strip(), say or text.strip(), document.file, document.line(where))
