"""The grammar of a question."""

from __future__ import annotations

from hotline.call.ports import QuestionKind
from hotline.speech.grammar import answers, moments
from hotline.speech.grammar.nodes import Choice, Filler, Node, aside, maybe, one_of, seq
from hotline.speech.grammar.place import anywhere, place
from hotline.speech.grammar.problem import problem
from hotline.speech.grammar.urgent import free_speech, urgent
from hotline.speech.recogniser import Task

_POLITE = {
    "zh": ("请", "我要", "我想", "我要办", "我想要", "请转", "转", "请帮我转", "嗯", "你好"),
    "en": ("please", "i want", "i would like", "hello"),
}
_ENDINGS = {"zh": ("谢谢", "谢谢你"), "en": ("please", "thank you", "thanks")}


def grammar_for(task: Task) -> Node | None:
    """Build what may be said to the question; ``None`` for free speech without anything to spot.

    The emergency phrases stand beside every grammar (DOMAIN section 3).
    """
    alarms = tuple(phrase for phrase in task.emergency_phrases if phrase.strip())
    answer = _answer(task)
    if answer is None:
        return alarms_in_free_speech(alarms, task.language) if alarms else None
    return Choice((answer, urgent(alarms, task.language)), (0.9, 0.1)) if alarms else answer


def alarms_in_free_speech(phrases: tuple[str, ...], language: str) -> Node:
    """Emergency phrases in whatever else is said."""
    if language == "zh":
        return free_speech(phrases)
    return seq(maybe(Filler()), one_of(*phrases), maybe(Filler()))


def transcript() -> Node:
    """What may be found in a whole call: addresses, troubles, numbers, answers."""
    said = (place(anywhere(), problem()), answers.phone("zh"), answers.yes_no("zh"))
    return Choice(said, (0.7, 0.15, 0.15))


def _answer(task: Task) -> Node | None:
    language = task.language if task.language in _POLITE else "en"
    if task.kind is QuestionKind.CHOICE:
        return _choice(task.phrases, language)
    if task.kind is QuestionKind.YES_NO:
        return answers.yes_no(language)
    if task.kind is QuestionKind.DIGITS:
        return answers.digits(language)
    if task.kind is QuestionKind.PHONE:
        return answers.phone(language)
    if task.kind is QuestionKind.TIME:
        return moments.moment(language)
    if task.kind is QuestionKind.PLACE and language == "zh":
        return place(task.places or anywhere(), problem())
    return None


def _choice(phrases: tuple[str, ...], language: str) -> Node | None:
    said = tuple(dict.fromkeys(phrase for phrase in phrases if phrase.strip()))
    if not said:
        return None
    return seq(
        maybe(aside(one_of(*_POLITE[language])), 0.1),
        one_of(*said),
        maybe(aside(one_of(*_ENDINGS[language])), 0.05),
    )
