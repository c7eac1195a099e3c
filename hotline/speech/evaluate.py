"""Scoring an engine on a folder of utterances: ``refs.json`` and ``wav/ID.CONDITION.wav``.

Categories: ``addr`` (address and trouble), ``name``, ``tel``, ``menu``. What counts as right is what a
call would make of the words, so the slots of :mod:`hotline.language` judge.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hotline.call.audio import FRAME_BYTES, FRAME_SECONDS
from hotline.call.errors import EnvironmentFault
from hotline.call.ports import QuestionKind
from hotline.language import slots
from hotline.language.numerals import to_digits
from hotline.speech.grammar.nodes import spaced
from hotline.speech.grammar.place import PlaceBlock
from hotline.speech.recogniser import NOTHING, Recogniser, Recognition, Task
from hotline.speech.sound import read_wav
from hotline.speech.voice import speech_spans

CONDITIONS = ("clean", "loss2", "noise10")
EMERGENCY_PHRASES = spaced(
    "紧急情况 紧急 电梯困人 有人被困 着火了 起火了 漏煤气 煤气泄漏 燃气泄漏 爆管 水管爆了 救命 有小偷"
)
MENU_PHRASES = spaced(
    "报修 维修 投诉 费用 费用查询 物业费 总经理 总经理热线 经理热线 进度 进度查询 查进度 叫醒 "
    "叫醒服务 英文 英语 再说一遍 请再说一遍 重复 人工 转人工 人工服务 话务员 没有了 没有了谢谢 是的 "
    "不是"
)
_KINDS = {
    "addr": QuestionKind.PLACE,
    "tel": QuestionKind.PHONE,
    "menu": QuestionKind.CHOICE,
    "name": QuestionKind.FREE,
}
_MARGIN = 15


class EvaluationEstate:
    """An ordinary estate that has the set's addresses: 16 buildings, 4 units, 18 floors, 4 doors."""

    def places(self, estate: str) -> Sequence[PlaceBlock]:
        """The same for every estate."""
        rooms = tuple(f"{floor}{door:02}" for floor in range(1, 19) for door in range(1, 5))
        return tuple(PlaceBlock(str(b), str(u), rooms) for b in range(1, 17) for u in range(1, 5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One utterance under one condition."""

    id: str
    category: str
    condition: str
    text: str
    slots: tuple[str, ...]
    keyword: str
    pcm: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an engine made of a case. Seconds of sound, of computing in all and after the speech."""

    case: Case
    heard: Recognition
    seconds: float
    computing: float
    latency: float


def cases(folder: Path, condition: str) -> list[Case]:
    """Read the utterances of a condition; those without a file are left out.

    Raises :class:`~hotline.call.errors.EnvironmentFault` for a folder that is no evaluation set.
    """
    try:
        refs = json.loads((folder / "refs.json").read_text(encoding="utf-8"))
        wavs = [(ref, folder / "wav" / f"{ref['id']}.{condition}.wav") for ref in refs]
        return [_case(ref, condition, path) for ref, path in wavs if path.exists()]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EnvironmentFault(
            f"{folder} is no evaluation set ({error}): refs.json (id, cat, text, slots, kw) and "
            "wav/ID.CONDITION.wav are needed."
        ) from error


def _case(ref: dict[str, object], condition: str, path: Path) -> Case:
    given = ref.get("slots", ())
    return Case(
        id=str(ref["id"]),
        category=str(ref["cat"]),
        condition=condition,
        text=str(ref["text"]),
        slots=tuple(str(slot) for slot in given) if isinstance(given, list) else (),
        keyword=str(ref.get("kw", "")),
        pcm=read_wav(path).pcm(),
    )


def run(engine: Recogniser, chosen: Sequence[Case]) -> Iterator[Outcome]:
    """Let the engine hear each case once, cut out by voice activity as in a call."""
    estate = tuple(EvaluationEstate().places(""))
    for case in chosen:
        task = Task(
            kind=_KINDS[case.category],
            language="zh",
            phrases=MENU_PHRASES if case.category == "menu" else (),
            emergency_phrases=EMERGENCY_PHRASES,
            places=estate if case.category == "addr" else (),
        )
        speech = cut_out(case.pcm)
        began = time.perf_counter()
        utterance = engine.begin(task)
        for at in range(0, len(speech), FRAME_BYTES):
            utterance.feed(speech[at : at + FRAME_BYTES])
        spoken = time.perf_counter()
        heard = utterance.result() if speech else NOTHING
        ended = time.perf_counter()
        yield Outcome(
            case=case,
            heard=heard,
            seconds=len(speech) / FRAME_BYTES * FRAME_SECONDS,
            computing=ended - began,
            latency=ended - spoken,
        )


def cut_out(pcm: bytes) -> bytes:
    """From the first to the last speech, with a margin."""
    spans = speech_spans(pcm, margin=_MARGIN)
    return pcm[spans[0][0] * FRAME_BYTES : spans[-1][1] * FRAME_BYTES] if spans else b""


def is_right(case: Case, text: str) -> bool:
    """True when a call would take the right value from ``text``."""
    if case.category == "addr":
        place = slots.place(text, "zh")
        return place is not None and (place.building, place.unit, place.room) == case.slots
    if case.category == "tel":
        return slots.phone(text, "zh") == case.slots[0]
    if case.category == "menu":
        phrases = (*MENU_PHRASES, *EMERGENCY_PHRASES)
        return slots.choice(text, dict(zip(phrases, phrases, strict=True)), "zh") == case.text
    return _plain(text) == _plain(case.text)


def has_keyword(case: Case, text: str) -> bool:
    """True when the word of the trouble is there."""
    return bool(case.keyword) and case.keyword in text


def error_rate(said: str, heard: str) -> tuple[int, int]:
    """Wrong characters (Levenshtein) and characters in all, numerals made alike."""
    wanted, found = _plain(said), _plain(heard)
    row = list(range(len(found) + 1))
    for i, char in enumerate(wanted, 1):
        previous, row[0] = row[0], i
        for j, other in enumerate(found, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (char != other))
    return row[-1], len(wanted)


def _plain(text: str) -> str:
    return "".join(char for char in to_digits(text, "zh") if char.isalnum())


def summary(outcomes: Sequence[Outcome]) -> dict[str, float | int]:
    """Figures of one condition. Percentages; seconds; RTF is computing by sound."""
    wrong = [error_rate(o.case.text, o.heard.text) for o in outcomes]
    seconds = sum(o.seconds for o in outcomes) or 1.0
    latencies = sorted(o.latency for o in outcomes) or [0.0]
    figures: dict[str, float | int] = {
        "utterances": len(outcomes),
        "cer": _percent(sum(w for w, _ in wrong), sum(n for _, n in wrong)),
    }
    for name, category in (("place", "addr"), ("phone", "tel"), ("menu", "menu")):
        of = [o for o in outcomes if o.case.category == category]
        figures[name] = _percent(sum(is_right(o.case, o.heard.text) for o in of), len(of))
    with_keyword = [o for o in outcomes if o.case.keyword]
    figures["keyword"] = _percent(
        sum(has_keyword(o.case, o.heard.text) for o in with_keyword), len(with_keyword)
    )
    figures["rtf"] = round(sum(o.computing for o in outcomes) / seconds, 3)
    figures["latency_p50"] = round(latencies[len(latencies) // 2], 3)
    figures["latency_max"] = round(latencies[-1], 3)
    return figures


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0
