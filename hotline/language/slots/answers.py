"""Answers out of what somebody says: yes or no, one of several choices, an emergency."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from rapidfuzz import fuzz

from hotline.language.numerals import to_digits
from hotline.language.sounds import sound
from hotline.language.texts import clean

_FILLERS = {
    "zh": re.compile(r"^(?:[嗯呃额啊哦噢喂唉哎诶,]|那个|这个|就是说|我说|应该)+"),
    "en": re.compile(r"^(?:um|uh|er|well|oh|hmm|i think|i guess|that's|that is|it's|it is|this is|[, ])+\b"),
}
_NEUTRAL = {
    "zh": re.compile(r"对不起|不好意思|不知道|不清楚|是不是|对不对|好不好|行不行|没听清|没听懂|好像"),
    "en": re.compile(r"\b(?:i don't know|no idea|not sure|right now|sorry)\b"),
}
_NO = {
    "zh": r"不是的?|不对|不行|不可以|不要|不用|不需要|不正确|不确认|不好|不|没有|没|否|错了?|别|取消",
    "en": r"no|nope|nah|not (?:right|correct|ok|okay|sure|really)|not|don't|wrong|incorrect|negative|cancel",
}
_YES = {
    "zh": r"没错|没问题|没有错|没有问题|不错|是的?|对的?|好的?|可以|行|正确|确认|确定|同意|当然|要的?|需要"
    r"|ok|yes",
    "en": r"yes|yeah|yep|yup|sure|correct|right|that's right|ok|okay|of course|confirm|confirmed|exactly"
    r"|absolutely|please do|fine",
}
_PLAINLY_YES = {
    "zh": re.compile(r"没错|对的|正确|是的|确认"),
    "en": re.compile(r"\b(?:yes|yeah|right|correct)\b"),
}
"""What after a “no” makes the answer unclear; a bare 是 begins the correction (“不对，是四号楼”)."""
_MURMUR = {"zh": re.compile(r"^[嗯恩哎诶]{1,3}$"), "en": re.compile(r"^(?:mm-?hm+|uh-?huh)$")}
_EDGE = {"zh": ("", ""), "en": (r"\b(?:", r")\b")}

_ENOUGH = 80.0
"""Similarity (0-100) below which a choice is not taken: one wrong syllable in five passes."""
_AHEAD = 8.0
"""The best choice must lead the next one with another meaning by this much."""
_SHORT = 2
"""Phrases up to this many syllables (English: twice as many letters) have too many neighbours to be
matched by likeness."""

_PARTICLES = re.compile(r"[了着住在里的过到得啊呀吧呢]")
_GAP = 2
_NOT_REALLY = {
    "zh": re.compile(r"(?:没有?|不[是会用要想]?|并非|未|别|无)[^,]{0,1}$"),
    "en": re.compile(r"\b(?:no|not|isn't|wasn't|aren't|without|never|don't)(?: \w+)?[ ]?$"),
}
_ASKED = re.compile(r"有没有|是不是|会不会|要不要|不是说")
"""“是不是漏气了” is no denial: whoever asks that smells something."""


def yes_no(text: str, language: str) -> bool | None:
    """Return what a yes-or-no answer says; ``None`` when it says neither, or both.

    The answer has to begin with it (after “嗯”, “那个” …): 是 and 不 inside a longer sentence mean
    something else.
    """
    plain = clean(text, language)
    if _MURMUR[language].match(plain):
        return True
    plain = _NEUTRAL[language].sub(",", _FILLERS[language].sub("", plain)).lstrip(", ")
    before, after = _EDGE[language]
    word = re.compile(rf"{before}(?P<yes>{_YES[language]}){after}|{before}(?P<no>{_NO[language]}){after}")
    found = word.match(plain)
    if found is None:
        return None
    if found["yes"] is None:
        return None if _PLAINLY_YES[language].search(plain, found.end()) else False
    return None if any(other["no"] is not None for other in word.finditer(plain, found.end())) else True


def choice(text: str, phrases: Mapping[str, str], language: str) -> str | None:
    """Return the value of the phrase said; ``phrases`` maps what may be said to its value.

    A phrase contained in the text wins (the longest; “不是投诉” does not count as 投诉); otherwise
    the one that sounds most alike, when it is alike enough and clearly ahead. Two values that tie
    give ``None``: asking again is cheaper than the wrong queue.
    """
    plain = to_digits(text, language)
    if not plain:
        return None
    said = {to_digits(phrase, language): value for phrase, value in phrases.items()}
    said.pop("", None)
    contained = [phrase for phrase in said if _affirmed(plain, phrase, language)]
    if contained:
        most = [
            phrase
            for phrase in contained
            if not any(phrase != other and phrase in other for other in contained)
        ]
        values = {said[phrase] for phrase in most}
        return values.pop() if len(values) == 1 else None
    denied = [phrase for phrase in said if phrase in plain]
    return _most_alike(plain, {p: v for p, v in said.items() if p not in denied}, language)


def _affirmed(plain: str, phrase: str, language: str) -> bool:
    """True when ``phrase`` is said and not denied; digits and English words must stand alone."""
    if language == "en" or phrase.isdigit():
        pattern = rf"(?<![a-z\d]){re.escape(phrase)}s?(?![a-z\d])"
    else:
        pattern = re.escape(phrase)
    return any(not _denied(plain, found.start(), language) for found in re.finditer(pattern, plain))


def _denied(plain: str, at: int, language: str) -> bool:
    return _NOT_REALLY[language].search(_ASKED.sub(lambda asked: "," * len(asked[0]), plain)[:at]) is not None


def _most_alike(plain: str, said: Mapping[str, str], language: str) -> str | None:
    heard = sound(plain, language)
    best: dict[str, float] = {}
    for phrase, value in said.items():
        score = _likeness(heard, sound(phrase, language), exactly=_is_short(phrase, language))
        best[value] = max(score, best.get(value, 0.0))
    ranked = sorted(best.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < _ENOUGH:
        return None
    if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < _AHEAD:
        return None
    return ranked[0][0]


def _is_short(phrase: str, language: str) -> bool:
    return len(phrase) <= (_SHORT if language == "zh" else 2 * _SHORT)


def _likeness(heard: Sequence[str], phrase: Sequence[str], *, exactly: bool) -> float:
    """Compare sounds, 0-100: the phrase against its most alike stretch of what was heard."""
    length = len(phrase)
    stretches = [heard[start : start + length] for start in range(max(1, len(heard) - length + 1))]
    if exactly:
        return 100.0 if phrase in stretches else 0.0
    wanted = " ".join(phrase)
    return max(fuzz.ratio(" ".join(stretch), wanted) for stretch in stretches)


def emergency(text: str, keywords: Collection[str], language: str) -> bool:
    """True when one of ``keywords`` is said and not denied.

    A keyword counts when it is there word for word, with particles in between (“电梯里困住人了” for
    电梯困人), or – from three syllables on – in homophones (“电梯捆人”). Part of a keyword never
    counts: 电梯坏了 is no entrapment.
    """
    plain = clean(text, language)
    for keyword in (clean(keyword, language) for keyword in keywords):
        if not keyword:
            continue
        if _affirmed(plain, keyword, language):
            return True
        if language == "zh" and (_loosely(plain, keyword) or _by_sound(plain, keyword)):
            return True
    return False


def _loosely(plain: str, keyword: str) -> bool:
    bare, wanted = _PARTICLES.sub("", plain), _PARTICLES.sub("", keyword)
    if len(wanted) < 2:
        return False
    if len(wanted) >= 4:
        pattern = rf"{re.escape(wanted[:2])}[^,]{{0,{_GAP}}}{re.escape(wanted[2:])}"
    else:
        pattern = re.escape(wanted)
    return any(not _denied(bare, found.start(), "zh") for found in re.finditer(pattern, bare))


def _by_sound(plain: str, keyword: str) -> bool:
    wanted = sound(keyword, "zh", exact=True)
    if len(wanted) <= _SHORT:
        return False
    heard = sound(plain, "zh", exact=True)
    found = (i for i in range(len(heard) - len(wanted) + 1) if heard[i : i + len(wanted)] == wanted)
    return any(not _denied(plain, at, "zh") for at in found)
