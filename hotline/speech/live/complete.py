"""Whether an answer can be taken before the usual silence: there is nothing left to add to it."""

from __future__ import annotations

from hotline.call.ports import Question, QuestionKind
from hotline.language import slots

_MURMURS = frozenset({"嗯", "喂", "你好", "mm", "uh"})
_MOBILE_DIGITS = 11
_WORDS_AFTER_ROOM = 2
"""Characters after the room number that show the caller has gone on to what is the matter."""


def is_complete(question: Question, text: str) -> bool:
    """True for a choice, a yes or no, a whole mobile number, an address with its trouble told.

    An address alone is not complete: callers go on (“…六零二 – 厨房水管爆了”), and what they say then
    would fall into the next prompt.
    """
    plain = text.strip()
    if not plain or plain in _MURMURS:
        return False
    if slots.emergency(plain, question.emergency_phrases, question.language):
        return True
    if question.kind is QuestionKind.CHOICE:
        return True
    if question.kind is QuestionKind.YES_NO:
        return slots.yes_no(plain, question.language) is not None
    if question.kind is QuestionKind.PHONE:
        number = slots.phone(plain, question.language)
        return number is not None and len(number) == _MOBILE_DIGITS
    if question.kind is QuestionKind.PLACE:
        return _told(question.language, plain)
    return False


def _told(language: str, text: str) -> bool:
    place = slots.place(text, language)
    if place is None or not (place.building and place.room):
        return False
    head = slots.place(text[:-_WORDS_AFTER_ROOM], language)
    return head == place and slots.digits(text[-_WORDS_AFTER_ROOM:], language) is None
