"""Names that point somewhere else: steps, prompts, windows, rosters, slots.

Each kind of name is a ``str`` of its own type, so that the loader finds every reference of a
menu by walking the models, whatever step kinds exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema


class Ref(str):
    """Base of the names; ``pattern`` is what they must look like."""

    __slots__ = ()
    pattern: ClassVar[str] = r"^[a-z][a-z0-9_]*$"
    names: ClassVar[str] = ""
    """Whose names these are; ``x-names`` in the JSON Schema, for completion."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate as a string of the pattern, kept as this type."""
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema(pattern=cls.pattern))

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Say whose names they are."""
        return {**handler(core), "x-names": cls.names}


class StepRef(Ref):
    """Name of a step of the same menu."""

    names = "steps"


class PromptRef(Ref):
    """Id of a prompt."""

    names = "prompts"


class WindowRef(Ref):
    """Name of an office-hours window (``config/hours.yaml``)."""

    names = "windows"
    pattern = r"^[a-z][a-z0-9_-]*$"


class RosterRef(Ref):
    """Name of a roster (``config/roster.yaml``)."""

    names = "rosters"
    pattern = r"^[a-z][a-z0-9_-]*$"


class QueueRef(Ref):
    """Name of an operators' queue (``config/operators.yaml``)."""

    names = "queues"
    pattern = r"^[a-z][a-z0-9_-]*$"


class FlowRef(Ref):
    """Name of a flow (``config/menus/outbound``)."""

    names = "flows"


class ReadSlot(Ref):
    """A slot that is read."""

    names = "slots"
    pattern = r"^[a-z][a-z0-9_]*(\.[a-z_]+)?$"


class WrittenSlot(Ref):
    """A slot that is filled."""

    names = "slots"


class GivenSlot(WrittenSlot):
    """A slot that is filled before the first step: what a machine-placed call is about."""

    pattern = ReadSlot.pattern


Path = tuple[str | int, ...]


def references(value: object, path: Path = ()) -> Iterator[tuple[Path, Ref]]:
    """Yield every reference below ``value`` with its dotted path."""
    if isinstance(value, Ref):
        yield path, value
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from references(getattr(value, name), (*path, field.alias or name))
    elif isinstance(value, dict):
        for key, below in value.items():
            if isinstance(key, Ref):
                yield (*path, str(key)), key
            yield from references(below, (*path, str(key)))
    elif isinstance(value, tuple | list):
        for index, below in enumerate(value):
            yield from references(below, (*path, index))
