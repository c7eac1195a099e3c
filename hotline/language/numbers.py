"""Telephone numbers to one canonical form before they are compared or stored (DESIGN section 6)."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

_URI = re.compile(r"<?\s*(?:sips?|tel):(?P<user>[^@;>]*)", re.IGNORECASE)
_ANONYMOUS = re.compile(
    r"anonym\w*|unknown|restricted|private|unavailable|withheld|asserted|invalid|未知|匿名", re.IGNORECASE
)
_EXTENSION = re.compile(r"(?:;?\s*ext(?:ension|n)?\.?\s*=?|\s*[xX#,;]|转|分机)\s*:?\s*\d{1,6}\s*$")
_SHORT = 6
"""Up to this many digits it is an extension or a public service number (110, 10086, 95588)."""
_CN_MOBILE = re.compile(r"1[3-9]\d{9}")
_CN_SERVICE = re.compile(r"[48]00\d{7}")
_CN_LOCAL = re.compile(r"[2-9]\d{6,7}")
_DIAL_OUT = ("", "9", "0", "90", "00")
"""Keys people and exchanges put before a number to get an outside line, tried in this order."""


def normalise(raw: str, *, country: str = "CN", area_code: str = "") -> str:
    """Return ``raw`` as E.164 (``+8613812345678``), or a short number as its digits (``110``, ``8001``).

    Takes what stands on the wire and in lists: SIP and tel URIs, spaces and hyphens, ``0086`` and
    ``86``, the trunk prefix 0, a 9 or 0 to dial out, extensions (dropped), full-width digits. A local number
    becomes E.164 with ``area_code`` and stays as it is without. Empty when nobody's number is in it
    (anonymous, unknown, a name). The caller keeps the raw form.
    """
    user = _user_part(unicodedata.normalize("NFKC", raw))
    digits = "".join(str(unicodedata.decimal(char)) for char in user if char.isdecimal())
    if not digits:
        return ""
    if user.startswith("+"):
        return _valid("+" + digits, country) or "+" + digits
    if len(digits) <= _SHORT:
        return digits
    found = _international(digits, country)  # 00 dials abroad first: 0014155552671 is no mobile 141…
    found = found or (_chinese(digits) if country == "CN" else _valid(digits, country))
    return found or _local(digits, country, area_code) or digits


def same_number(a: str, b: str, *, country: str = "CN", area_code: str = "") -> bool:
    """True when both mean one line; two withheld numbers are not the same."""
    first = normalise(a, country=country, area_code=area_code)
    return first != "" and first == normalise(b, country=country, area_code=area_code)


def display(number: str, *, masked: bool = False, country: str = "CN") -> str:
    """Return a normalised number as the country writes it: ``138 1234 5678``; or masked."""
    if masked:
        return mask(number)
    try:
        parsed = phonenumbers.parse(number, country)
    except NumberParseException:
        return number
    if not number.startswith("+") or not phonenumbers.is_possible_number(parsed):
        return number
    home = phonenumbers.country_code_for_region(country) == parsed.country_code
    return phonenumbers.format_number(
        parsed, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL
    )


def mask(number: str) -> str:
    """Return ``number`` for screens of people who need not see it: ``138****5678``.

    Short numbers (extensions, public services) are nobody's secret and stay whole.
    """
    digits = number
    if number.startswith("+86"):
        national = number.removeprefix("+86")
        mobile_or_service = _CN_MOBILE.fullmatch(national) or _CN_SERVICE.fullmatch(national)
        digits = national if mobile_or_service else "0" + national
    plus, plain = ("+", digits[1:]) if digits.startswith("+") else ("", digits)
    if len(plain) <= _SHORT:
        return number
    tail = 4 if len(plain) >= 9 else 2
    head = max(1, len(plain) - 4 - tail)
    return plus + plain[:head] + "*" * (len(plain) - head - tail) + plain[-tail:]


def _user_part(raw: str) -> str:
    uri = _URI.search(raw)
    user = (uri["user"] if uri else raw).strip().replace("%2B", "+")
    if not uri and "@" in user:
        user = user.partition("@")[0]
    if _ANONYMOUS.search(user):
        return ""
    user = _EXTENSION.sub("", user)
    letters = re.search(r"[^\W\d_]", user)
    return "" if letters else user.lstrip("( ")


def _chinese(digits: str) -> str:
    """Read a number as it is dialled in China, with or without a prefix for an outside line."""
    found = _with_country_code(digits)
    if found:
        return found
    for prefix in _DIAL_OUT:
        rest = digits.removeprefix(prefix)
        if not digits.startswith(prefix):
            continue
        if _CN_MOBILE.fullmatch(rest) or (prefix in ("", "9") and _CN_SERVICE.fullmatch(rest)):
            return "+86" + rest
        if prefix != "0" and rest.startswith("0") and not rest.startswith("00"):
            found = _valid(rest, "CN")
            if found:
                return found
    return ""


def _with_country_code(digits: str) -> str:
    for code in ("0086", "86"):
        if digits.startswith(code) and len(digits) >= len(code) + 9:
            found = _valid("+86" + digits.removeprefix(code).removeprefix("0"), "CN")
            if found:
                return found
    return ""


def _international(digits: str, country: str) -> str:
    return _valid("+" + digits[2:], country) if digits.startswith("00") else ""


def _local(digits: str, country: str, area_code: str) -> str:
    """A subscriber number without its area code, perhaps after a 9 or 0 to dial out."""
    if not area_code:
        return ""
    pattern = _CN_LOCAL if country == "CN" else re.compile(r"\d{6,8}")
    for prefix in ("", "9", "0"):
        rest = digits.removeprefix(prefix)
        if digits.startswith(prefix) and pattern.fullmatch(rest):
            found = _valid("0" + area_code.lstrip("0") + rest, country)
            if found:
                return found
    return ""


def _valid(number: str, country: str) -> str:
    try:
        parsed = phonenumbers.parse(number, country)
    except NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(parsed):
        return ""
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
