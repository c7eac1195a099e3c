"""What the operator can have done: the words of the line mode and the single keys of the screen. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hotline.desktop.situation import Situation

KEYPAD = "0123456789*#"
SURVEY_STEP = "survey"
"""Step of the menu that `s` sends the caller to."""


@dataclass(frozen=True, slots=True)
class Press:
    """Send a key to the far end."""

    key: str


@dataclass(frozen=True, slots=True)
class PickUpCall:
    """Take the call that rings."""


@dataclass(frozen=True, slots=True)
class HangUpCall:
    """End or decline the call."""


@dataclass(frozen=True, slots=True)
class ToggleMute:
    """Switch the microphone off or on; ``on`` ``None``: the other way round."""

    on: bool | None = None


@dataclass(frozen=True, slots=True)
class DeskAction:
    """Have the desk do something."""

    action: str
    arguments: Mapping[str, str | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UseDevice:
    """Change a sound device: ``input``, ``output`` or ``ring``; by name or number."""

    end: str
    name: str


@dataclass(frozen=True, slots=True)
class Show:
    """Show something: ``help``, ``devices``, ``status``, ``counts``."""

    what: str


@dataclass(frozen=True, slots=True)
class Quit:
    """Sign out and end; ``anyway``: end without asking the desk."""

    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """A line is wanted before ``word`` can be carried out (single keys only)."""

    word: str
    question: str


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """No such word, or something is missing after it: a text's key and facts."""

    key: str
    facts: Mapping[str, str]


Command = (
    Press | PickUpCall | HangUpCall | ToggleMute | DeskAction | UseDevice | Show | Quit | Ask | NotUnderstood
)

_SAME: Mapping[str, str] = {
    "r": "ready", "就绪": "ready", "p": "pause", "暂停": "pause", "a": "pickup", "pick_up": "pickup",
    "answer": "pickup", "接听": "pickup", "h": "hangup", "hang_up": "hangup", "挂断": "hangup",
    "m": "mute", "静音": "mute", "o": "hold", "保持": "hold", "c": "consult", "询问": "consult",
    "x": "complete", "z": "cancel", "取消": "cancel", "b": "blind", "直转": "blind", "f": "conference",
    "三方": "conference", "k": "park", "驻留": "park", "s": "survey", "满意度": "survey", "w": "wrap_up",
    "wrap": "wrap_up", "wrapup": "wrap_up", "整理完毕": "wrap_up", "q": "quit",
    "签退": "quit", "exit": "quit", "?": "help", "帮助": "help",
    "状态": "status", "设备": "devices", "取回": "resume", "拨打": "dial",
}  # fmt: skip
"""Other names of words."""
_BARE = frozenset({"ready", "resume", "complete", "cancel", "conference", "leave", "sign_in"})
"""Desk actions without arguments."""
_NAMED: Mapping[str, str] = {
    "consult": "to", "blind": "to", "dial": "to", "send": "step",
    "listen": "of", "whisper": "of", "barge": "of", "unpark": "slot",
}  # fmt: skip
"""Desk actions and the argument that must follow."""
_QUESTIONS: Mapping[str, str] = {
    "p": "ask_reason", "c": "ask_consult", "b": "ask_blind", ":": "ask_line",
}  # fmt: skip
_ENTER = ("\r", "\n")


def from_line(line: str, situation: Situation) -> Command | None:
    """Read one line of words (``consult 602``); ``None`` for an empty one."""
    word, _, rest = line.strip().partition(" ")
    rest = rest.strip()
    if not word:
        return None
    word = _SAME.get(word.lower(), word.lower())
    if len(word) == 1 and word in KEYPAD:
        return Press(word)
    return _simple(word, situation) or _with_rest(word, rest)


def from_key(key: str, situation: Situation) -> Command | None:
    """Read one key of the screen; ``None`` for one that means nothing."""
    if key in _ENTER:
        return PickUpCall() if situation.ringing else None
    if key in _QUESTIONS:
        return Ask("" if key == ":" else _SAME[key], _QUESTIONS[key])
    if key in KEYPAD:
        return Press(key)
    return from_line(key, situation) if key.lower() in _SAME and len(key) == 1 else None


def _simple(word: str, situation: Situation) -> Command | None:
    """Return what words mean that need nothing after them."""
    match word:
        case "pickup":
            return PickUpCall()
        case "hangup":
            return HangUpCall()
        case "hold":
            return DeskAction("resume" if situation.held else "hold")
        case "park":
            return _park(situation)
        case "wrap_up":
            return DeskAction("wrap_up", {"done": True})
        case "survey":
            return DeskAction("send", {"step": SURVEY_STEP})
        case "quit":
            return Quit()
        case "help" | "devices" | "status" | "counts":
            return Show(word)
    return DeskAction(word) if word in _BARE else None


def _park(situation: Situation) -> DeskAction:
    """Park the caller of the moment; with none, fetch the one who was parked last."""
    if situation.parked and situation.talking is None:
        return DeskAction("unpark", {"slot": situation.parked})
    return DeskAction("park")


def _with_rest(word: str, rest: str) -> Command:
    if word == "mute":
        return ToggleMute({"on": True, "off": False}.get(rest))
    if word == "pause":
        return DeskAction("pause", {"reason": rest})
    if word == "key":
        held = len(rest) == 1 and rest in KEYPAD
        return Press(rest) if held else NotUnderstood("needs", {"word": word, "what": "what_key"})
    if word in ("input", "output", "ring"):
        return UseDevice(word, rest)
    if word in _NAMED:
        if not rest:
            return NotUnderstood("needs", {"word": word, "what": "what_to"})
        return DeskAction(word, {_NAMED[word]: rest})
    return NotUnderstood("unknown-command", {"word": word})
