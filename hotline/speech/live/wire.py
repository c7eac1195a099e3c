"""What goes between the calls process and a recognition worker: messages over two pipes.

Every message is one operation byte, four bytes of length (big-endian) and the body. Bodies are
JSON except for sound. The worker answers in JSON lines of :class:`Answer`.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, BinaryIO

from hotline.call.ports import QuestionKind
from hotline.speech.grammar.place import PlaceBlock
from hotline.speech.recogniser import Recognition, Task

_HEADER = struct.Struct(">cI")
LONGEST_BODY = 32 * 1024 * 1024


class Op(Enum):
    """What the calls process tells a worker."""

    PLACES = b"L"
    """JSON ``{"estate", "blocks": [[building, unit, [rooms]]]}``: kept for later questions."""
    BEGIN = b"B"
    """JSON of a question (:func:`question`) with ``id``: an utterance begins."""
    SOUND = b"S"
    """PCM of the utterance."""
    PAUSE = b"P"
    """The speaker pauses: say what it is so far."""
    FINISH = b"F"
    """The speaker is done: say what it was. Answered at once when nothing came since the pause."""
    DROP = b"D"
    """The utterance is of no interest any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a worker says. ``kind``: ``ready`` (models loaded), ``pause``, ``final``, ``failed``."""

    kind: str
    utterance: int = 0
    text: str = ""
    score: float = 0.0
    sentence: str = ""

    @property
    def recognition(self) -> Recognition:
        """The recognised words."""
        return Recognition(self.text, self.score)

    def line(self) -> bytes:
        """One line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False).encode() + b"\n"

    @staticmethod
    def parse(line: bytes) -> Answer:
        """Read a line; raises ``ValueError`` or ``TypeError`` for anything else."""
        return Answer(**json.loads(line))


def packed(op: Op, body: bytes = b"") -> bytes:
    """One message."""
    return _HEADER.pack(op.value, len(body)) + body


def packed_json(op: Op, body: Mapping[str, Any]) -> bytes:
    """One message with a JSON body."""
    return packed(op, json.dumps(body, ensure_ascii=False).encode())


def read(stream: BinaryIO) -> tuple[Op, bytes] | None:
    """Read one message; ``None`` at the end of the stream. Raises ``ValueError`` for garbage."""
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    op, length = _HEADER.unpack(header)
    if length > LONGEST_BODY:
        raise ValueError(f"a message of {length} bytes")
    body = stream.read(length)
    return (Op(op), body) if len(body) == length else None


def question(task: Task, estate: str, utterance: int) -> dict[str, Any]:
    """The body of BEGIN; places go by :attr:`Op.PLACES`."""
    return {
        "id": utterance,
        "estate": estate,
        "kind": task.kind.value,
        "language": task.language,
        "phrases": task.phrases,
        "emergency": task.emergency_phrases,
    }


def task_of(body: Mapping[str, Any], places: Mapping[str, tuple[PlaceBlock, ...]]) -> Task:
    """The other way round."""
    return Task(
        kind=QuestionKind(body["kind"]),
        language=body["language"],
        phrases=tuple(body["phrases"]),
        emergency_phrases=tuple(body["emergency"]),
        places=places.get(body["estate"], ()),
    )


def places_body(estate: str, blocks: tuple[PlaceBlock, ...]) -> dict[str, Any]:
    """The body of PLACES."""
    return {"estate": estate, "blocks": [[block.building, block.unit, block.rooms] for block in blocks]}


def places_of(body: Mapping[str, Any]) -> tuple[PlaceBlock, ...]:
    """The other way round."""
    return tuple(PlaceBlock(building, unit, tuple(rooms)) for building, unit, rooms in body["blocks"])
