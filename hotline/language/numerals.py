"""Numerals in spoken text to digits, and digits back to numerals.

Telephone numbers and rooms are said digit by digit (幺三八, 六零二, “six oh two”), buildings and
amounts as numbers (十二, 六百零二, “six hundred and two”); one text mixes both.
"""

from __future__ import annotations

import re

import cn2an

from hotline.language.texts import clean

_ZH_DIGITS = {
    **{"零": "0", "〇": "0", "○": "0", "一": "1", "幺": "1", "壹": "1", "二": "2", "两": "2", "俩": "2"},
    **{"贰": "2", "三": "3", "叁": "3", "四": "4", "肆": "4", "五": "5", "伍": "5", "六": "6", "陆": "6"},
    **{"七": "7", "柒": "7", "八": "8", "捌": "8", "九": "9", "玖": "9"},
}
_DIGIT = "零〇○一幺壹二贰三叁四肆五伍六陆七柒八捌九玖"
_MISHEARD = re.compile(
    rf"(?<=[{_DIGIT}\d])(?:([妖腰吆])|[凌灵伶])(?=[{_DIGIT}\d])|^[妖腰吆](?=[{_DIGIT}]{{2}})"
)
"""Homophones that recognisers write for 幺 and 零, only between other numerals."""

_ORDINARY = re.compile(
    r"一(?=[下直些起样共定会般边旦切块])|(?<![零〇一二三四五六七八九幺两\d])一(?=家)"
    r"|(?<![一二两三四五六七八九十百千\d])万一|(?<=[第统])一(?=[次时])|(?<=[唯单])一"
    r"|(?<![一二两三四五六七八九点\d])十分(?!钟|之)"
)
"""“一下”, “一直” and their like are words, not numbers."""
_COUNTED = re.compile(rf"(?<=[{_DIGIT}\d])[一二两俩三四五六七八九](?=[个盏根次台扇只把位条](?!\d)|天(?!花))")
"""“六零二两个灯”: what is counted does not belong to the number before it."""

_POSITIONAL = re.compile(
    r"(?:[一二两三四五六七八九]?[十]|[一二两三四五六七八九\d][百千万])"
    r"(?:零?[一二两三四五六七八九][十百千万]|(?<=[百千万])零?十|万)*"
    r"(?:零?[一二三四五六七八九](?![十百千万]))?"
)
_CHINESE_RUN = re.compile(rf"[{_DIGIT}两俩十百千万拾佰仟]+")

_EN_UNITS = {
    **{"zero": 0, "oh": 0, "nought": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6},
    **{"seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13},
    **{"fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19},
}
_EN_TENS = {
    **{"twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60},
    **{"seventy": 70, "eighty": 80, "ninety": 90},
}
_EN_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_EN_REPEAT = {"double": 2, "triple": 3}
_EN_WORD = re.compile(r"[a-z]+|\d+|[^a-z\d]+")


def to_digits(text: str, language: str) -> str:
    """Return ``text`` cleaned, with every numeral written in digits: “六百零二室” → “602室”.

    A run of single digits stays a run (“六零二” → “602”, “幺三八” → “138”). Words that merely
    contain a numeral (“一下”, “第一次”) stay as they are.
    """
    text = clean(text, language)
    return _english(text) if language == "en" else _chinese(text)


def _chinese(text: str) -> str:
    text = _MISHEARD.sub(lambda found: "幺" if found[0] in "妖腰吆" else "零", text)
    text = text.replace("拾", "十").replace("佰", "百").replace("仟", "千")
    kept: list[str] = []
    text = _COUNTED.sub(lambda found: "," + found[0], text)
    done = 0
    for ordinary in _ORDINARY.finditer(text):
        kept += [_CHINESE_RUN.sub(_run, text[done : ordinary.start()]), ordinary[0]]
        done = ordinary.end()
    kept.append(_CHINESE_RUN.sub(_run, text[done:]))
    return "".join(kept)


def _run(found: re.Match[str]) -> str:
    """Turn one run of Chinese numerals into digits, number by number from the left."""
    run, at, digits = found[0], 0, ""
    while at < len(run):
        number = _POSITIONAL.match(run, at)
        if number is not None:
            digits += str(_value(number[0]))
            at = number.end()
            continue
        digits += _ZH_DIGITS.get(run[at], run[at])
        at += 1
    return digits


def _value(numeral: str) -> int:
    plain = numeral.replace("幺", "一").replace("俩", "两")
    try:
        return int(cn2an.cn2an(plain, "smart"))
    except ValueError:
        # Not well formed (“百三”): what its single digits say is the best that is left.
        return int("".join(_ZH_DIGITS.get(char, "") for char in plain) or 0)


def _english(text: str) -> str:
    words = _EN_WORD.findall(text)
    out: list[str] = []
    at = 0
    while at < len(words):
        digits, after = _english_run(words, at)
        if digits:
            out.append(digits)
            at = after
        else:
            out.append(words[at])
            at += 1
    return "".join(out)


def _english_run(words: list[str], at: int) -> tuple[str, int]:
    """Read number words from ``at``: the digits they make and where the run ends.

    What is written as a group (“602”) stays a group of its own.
    """
    digits, after = "", at
    while at < len(words):
        group, end = _repeated(words, at) or _english_number(words, at)
        if group is None or (digits and len(words[at]) > 1 and words[at].isdigit()):
            break
        digits, after, at = digits + group, end, end + 1
        if words[end : end + 1] != [" "] or (len(words[end - 1]) > 1 and words[end - 1].isdigit()):
            break
    return digits, after


def _repeated(words: list[str], at: int) -> tuple[str, int] | None:
    """“double two”, “triple eight”."""
    times = _EN_REPEAT.get(words[at], 0)
    digit = _EN_UNITS.get(words[at + 2], 10) if times and at + 2 < len(words) else 10
    return (str(digit) * times, at + 3) if digit < 10 else None


def _english_number(words: list[str], at: int) -> tuple[str | None, int]:
    """Read one number: “six hundred and two”, “twelve thousand”, “twenty-three”, “oh”, “602”."""
    value, end = _below_hundred(words, at)
    if value is None:
        return None, at
    written = words[at] if words[at].isdigit() else ""
    total = 0
    while words[end : end + 1] == [" "] and end + 1 < len(words) and words[end + 1] in _EN_SCALES:
        written = ""
        scale = _EN_SCALES[words[end + 1]]
        total, value = (total, value * scale) if scale == 100 else (total + value * scale, 0)
        end += 2
        start = end + (3 if words[end : end + 2] == [" ", "and"] else 1)
        rest, rest_end = _below_hundred(words, start)
        if rest is not None:
            value, end = value + rest, rest_end
    return written or str(total + value), end


def _below_hundred(words: list[str], at: int) -> tuple[int | None, int]:
    word = words[at] if at < len(words) else ""
    if word.isdigit():
        return int(word), at + 1
    if word in _EN_UNITS:
        return _EN_UNITS[word], at + 1
    if word not in _EN_TENS:
        return None, at
    joined = words[at + 1 : at + 2] in ([" "], ["-"]) and at + 2 < len(words)
    unit = _EN_UNITS.get(words[at + 2], 0) if joined else 0
    return (_EN_TENS[word] + unit, at + 3) if 0 < unit < 10 else (_EN_TENS[word], at + 1)


def to_chinese(value: int) -> str:
    """Return 0..99,999,999 as Mandarin says it: 205 → “两百零五”, 12 → “十二”, 20000 → “两万”.

    两 stands before 百, 千 and 万 (except in 十二万), 二 before 十 and in the ones.
    """
    if not 0 <= value < 100_000_000:
        raise ValueError(f"{value} is outside 0..99,999,999")
    text = str(cn2an.an2cn(value, "low"))
    return re.sub(r"二(?=[百千])|(?<![十百千零])二(?=万)", "两", text)
