"""``config/directory.yaml``: who can be asked for, by which names and keys. Pure but for reading it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from hotline import keptconfig, yamlsource
from hotline.call.errors import InvalidInput

FILE = "directory.yaml"
LANGUAGES = ("zh", "en")
_Names = Annotated[
    tuple[str, ...], BeforeValidator(lambda given: [given] if isinstance(given, str) else given)
]
_Text = Annotated[str, BeforeValidator(lambda given: str(given) if isinstance(given, int) else given)]


class Entry(BaseModel):
    """Somebody who can be asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: _Names = Field(min_length=1)
    """What it is called; the first is the name, the others are understood as well."""
    en: _Names = ()
    number: Annotated[_Text, Field(min_length=2, max_length=80)]
    """As it is dialled: a number or ``sip:…``. YAML drops a leading zero without quotes."""
    spoken: Annotated[_Text, Field(pattern=r"^[0-9*#-]*$")] = ""
    """Read out instead of ``number``; a ``sip:`` address cannot be read out."""
    kind: Literal["department", "manager", "utility", "public", "emergency"] = "department"
    code: Annotated[_Text, Field(pattern=r"^[1-9][0-9]{1,3}$")] | None = None
    """Two to four keys that find it; none begins with another one."""
    prompt: str | None = Field(None, pattern=r"^[a-z][a-z0-9_]*$")
    """Prompt that says its name; without one only the number is read out."""
    connect: bool = False
    """Callers may be connected; without it they are told the number."""
    hours: str | None = None
    """Window of hours.yaml outside of which nobody is connected."""
    estates: tuple[str, ...] = ()
    """Only there; none: everywhere."""

    @model_validator(mode="after")
    def _can_be_told(self) -> Entry:
        if not self.connect and not self.told:
            raise ValueError('a "sip:" address cannot be read out: give "spoken", or "connect: true"')
        return self

    @property
    def told(self) -> str:
        """The digits that are read out; empty when there is nothing to read."""
        return self.spoken or (self.number if all(char in "0123456789*#-" for char in self.number) else "")

    def names(self, language: str) -> tuple[str, ...]:
        """Everything it is called in a language."""
        return self.en if language == "en" else self.zh


class DirectoryFile(BaseModel):
    """All of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entries: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Entry] = Field(default_factory=dict)

    def of(self, estate: str) -> dict[str, Entry]:
        """What an estate can ask for, by id."""
        return {name: one for name, one in self.entries.items() if not one.estates or estate in one.estates}


def load(
    folder: Path,
    *,
    estates: Collection[str] | None = None,
    windows: Collection[str] | None = None,
    prompts: Collection[str] | None = None,
) -> DirectoryFile:
    """Read and check the file, also against the names given.

    Raises :class:`~hotline.call.errors.InvalidInput` with every problem.
    """
    document = yamlsource.read(keptconfig.file_of(folder, FILE))
    found = yamlsource.validate(DirectoryFile, document)
    problems = [
        document.problem(("entries", entry, *where), message)
        for entry, where, message in (
            *_twice(found),
            *_hidden(found),
            *_unknown(found, estates=estates, windows=windows, prompts=prompts),
        )
    ]
    if problems:
        raise InvalidInput(tuple(sorted(problems, key=lambda problem: problem.line)))
    return found


_Found = tuple[str, tuple[str, ...], str]


def _twice(found: DirectoryFile) -> Iterator[_Found]:
    """Names that two entries of one estate have: nobody could say which is meant."""
    for language in LANGUAGES:
        seen: dict[str, list[str]] = {}
        for entry, one in found.entries.items():
            for name in one.names(language):
                seen.setdefault(name.casefold(), []).append(entry)
        for name, entries in seen.items():
            for second in entries[1:]:
                if _meet(found.entries[entries[0]], found.entries[second]):
                    yield second, (language,), f'"{name}" is also a name of {entries[0]}'


def _hidden(found: DirectoryFile) -> Iterator[_Found]:
    """Codes that cannot be keyed because a shorter one begins the same."""
    coded = [(one.code, entry) for entry, one in found.entries.items() if one.code]
    for code, entry in coded:
        for other, owner in coded:
            same = (
                entry != owner
                and code.startswith(other)
                and _meet(found.entries[entry], found.entries[owner])
            )
            if same and (code != other or entry > owner):
                yield entry, ("code",), f"{code} begins like {other} of {owner}: that one is always taken"


def _unknown(
    found: DirectoryFile,
    *,
    estates: Collection[str] | None,
    windows: Collection[str] | None,
    prompts: Collection[str] | None,
) -> Iterator[_Found]:
    for entry, one in found.entries.items():
        if windows is not None and one.hours is not None and one.hours not in windows:
            yield entry, ("hours",), f'no window "{one.hours}" in hours.yaml'
        if prompts is not None and one.prompt is not None and one.prompt not in prompts:
            yield entry, ("prompt",), f'no prompt "{one.prompt}"'
        for estate in one.estates:
            if estates is not None and estate not in estates:
                yield entry, ("estates",), f'no estate "{estate}" in hotline.yaml'


def _meet(one: Entry, other: Entry) -> bool:
    """True when some estate has both."""
    return not one.estates or not other.estates or bool(set(one.estates) & set(other.estates))
