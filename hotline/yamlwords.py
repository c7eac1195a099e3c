"""What is wrong with a value, said to people who write YAML and have never heard of pydantic.

Every kind of finding that a shipped model can have is worded here; a model's own sentences
(:class:`ValueError`) go through as they are. Values never show up in a sentence: they may be secret.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from pydantic import BaseModel

Finding = Mapping[str, Any]
"""A finding as pydantic tells it: ``type``, ``loc``, ``input``, ``ctx``, ``msg``."""
_MOST_KEYS = 8
_FORMS = {
    r"^[a-z0-9_]+$": "small letters, digits and _ only, such as main_menu",
    r"^[a-z0-9_-]+$": "small letters, digits, - and _ only, such as north or trunk-1",
    r"^[a-z0-9_-]{1,40}$": "up to 40 small letters, digits, - and _, such as ops",
    r"^[a-z][a-z0-9_]*$": "a small letter, then small letters, digits and _, such as main_menu",
    r"^[a-z][a-z0-9_-]*$": "a small letter, then small letters, digits, - and _, such as day_shift",
    r"^[a-z][a-z0-9_]*(\.[a-z_]+)?$": "a small letter, then small letters, digits and _, such as place",
    r"^\d+-\d+$": "two numbers with a hyphen between them, such as 16384-17383",
    r"^(([01]\d|2[0-3]):[0-5]\d)?$": 'a time such as "03:30", or ""',
    r"^([01]\d|2[0-3]):[0-5]\d$": 'a time such as "03:30"',
    r"^[0-9]$": "one digit of a telephone, in quotes: 0 to 9",
    r"^[0-9*#]$": "one key of a telephone, in quotes: 0 to 9, * or #",
    r"^[#*]?$": '"#", "*" or ""',
    r"^([0-9*#]{2,3})?$": 'two or three keys of a telephone, in quotes, such as "##", or ""',
    r"^[1-9][0-9]{1,3}$": "two to four digits that do not begin with 0, such as 21",
    r"^[0-9*#-]*$": 'digits as they are dialled, in quotes, such as "0539-8310000"',
    r"^[0-9+*#]*$": 'digits as they are dialled, in quotes, such as "0086"',
    r"^(0?[1-9]\d{1,3})?$": 'an area code in quotes, such as "0539", or ""',
    r"^[0-9]{1,12}$": 'up to twelve digits in quotes, such as "01"',
    r"^\d{1,3}$": 'one to three digits in quotes, such as "65"',
    r"^\d{1,12}$": 'digits in quotes, such as "0539"',
    r"^(stun|turns?):[A-Za-z0-9.\[\]:_-]+?(:[0-9]{1,5})?(\?transport=(udp|tcp))?$": (
        "the address of a STUN or TURN server, such as stun:turn.example.com:3478"
    ),
    r"^[A-Z]{3}$": "three capital letters, such as CNY",
    r"^[0-9A-D*#]{1,4}$": 'one to four keys of a telephone, in quotes, such as "1" or "*0"',
}
"""What the patterns of the models mean."""
_EXPECTED = {
    "string": "must be text",
    "int": "must be a whole number such as 5",
    "float": "must be a number such as 2.5",
    "decimal": "must be a number such as 2.5",
    "bool": "must be true or false",
    "list": "must be a list, such as [a, b], or lines that begin with a hyphen",
    "tuple": "must be a list, such as [a, b], or lines that begin with a hyphen",
    "set": "must be a list, such as [a, b], or lines that begin with a hyphen",
    "frozen_set": "must be a list, such as [a, b], or lines that begin with a hyphen",
    "dict": "must be names with values, one a line, such as “name: value”",
    "mapping": "must be names with values, one a line, such as “name: value”",
    "date": "must be a date such as 2026-12-01",
    "datetime": "must be a date and time such as 2026-12-01 18:00",
    "time": 'must be a time such as "07:30"',
    "time_delta": "must be a number of seconds such as 90",
    "path": "must be the name of a file",
}
_KINDS_OF_ERROR = ("_type", "_parsing", "_from_date_parsing", "_from_datetime_parsing", "_parsing_size")
_BOUNDS = {
    "greater_than": ("gt", "must be more than"),
    "greater_than_equal": ("ge", "must be at least"),
    "less_than": ("lt", "must be less than"),
    "less_than_equal": ("le", "must be at most"),
    "multiple_of": ("multiple_of", "must be a multiple of"),
}


def sentence(item: Finding, model: Any = None) -> str:
    """Return a finding in words; ``model`` is what was read, for the keys that are expected in it."""
    kind = str(item["type"])
    context: Mapping[str, Any] = item.get("ctx") or {}
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return f"{words} {_figure(context[name])}"
    worded = _WORDED.get(kind)
    if worded is not None:
        return worded(item, context)
    if kind in ("model_type", "model_attributes_type", "dataclass_type"):
        return f"must be {_keys_of(model, str(context.get('class_name')))}{_not(item)}"
    what = _what(kind)
    if what is not None:
        return f"{_EXPECTED[what]}{_not(item)}"
    message = str(item["msg"])
    return message.removeprefix("Value error, ").replace("Input should be", "must be", 1)


def _what(kind: str) -> str | None:
    """``int_parsing`` → ``int``; ``None`` for a kind that is told otherwise."""
    if kind in ("int_from_float", "date_from_datetime_inexact", "string_unicode"):
        return kind.partition("_")[0]
    ending = next((one for one in sorted(_KINDS_OF_ERROR, key=len, reverse=True) if kind.endswith(one)), "")
    found = kind.removesuffix(ending) if ending else ""
    return found if found in _EXPECTED else None


def _missing(item: Finding, _context: Mapping[str, Any]) -> str:
    return f'"{item["loc"][-1]}" is missing'


def _unknown_key(_item: Finding, _context: Mapping[str, Any]) -> str:
    return "unknown key"


def _one_of(_item: Finding, context: Mapping[str, Any]) -> str:
    return f"must be {str(context['expected']).replace(chr(39), '')}"


def _string(item: Finding, _context: Mapping[str, Any]) -> str:
    value = item.get("input")
    if isinstance(value, int | float):
        return 'must be text: write it in quotes, such as "8001"'
    return f"{_EXPECTED['string']}{_not(item)}"


def _pattern(_item: Finding, context: Mapping[str, Any]) -> str:
    pattern = str(context["pattern"])
    return f"must be {_FORMS.get(pattern, f'of the form {pattern}')}"


def _too_few(_item: Finding, context: Mapping[str, Any]) -> str:
    least = context["min_length"]
    return f"must have at least {'one entry' if least == 1 else f'{least} entries'}"


def _too_many(_item: Finding, context: Mapping[str, Any]) -> str:
    most = context["max_length"]
    return f"must have at most {'one entry' if most == 1 else f'{most} entries'}"


def _short_text(_item: Finding, context: Mapping[str, Any]) -> str:
    least = context["min_length"]
    return "must not be empty" if least == 1 else f"must have at least {least} characters"


def _long_text(_item: Finding, context: Mapping[str, Any]) -> str:
    return f"must have at most {context['max_length']} characters"


def _tag(_item: Finding, context: Mapping[str, Any]) -> str:
    expected = str(context.get("expected_tags", "")).replace("'", "")
    field = str(context.get("discriminator", "")).strip("'")
    name = f'"{field}" must be' if field and "(" not in field else "must be"
    return f"{name} one of {expected}" if expected else "says not which kind it is"


def _finite(_item: Finding, _context: Mapping[str, Any]) -> str:
    return _EXPECTED["float"]


_WORDED: Mapping[str, Callable[[Finding, Mapping[str, Any]], str]] = {
    "missing": _missing,
    "extra_forbidden": _unknown_key,
    "enum": _one_of,
    "literal_error": _one_of,
    "string_type": _string,
    "string_sub_type": _string,
    "string_pattern_mismatch": _pattern,
    "string_too_short": _short_text,
    "string_too_long": _long_text,
    "too_short": _too_few,
    "too_long": _too_many,
    "union_tag_invalid": _tag,
    "union_tag_not_found": _tag,
    "finite_number": _finite,
}


def _not(item: Finding) -> str:
    """``, not a list``: what stands there instead."""
    found = _kind_of(item.get("input"))
    return f", not {found}" if found else ""


def _kind_of(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    kinds: tuple[tuple[Any, str], ...] = (
        (int | float, "a number"),
        (str, "text"),
        (list | tuple, "a list"),
        (dict, "names with values"),
    )
    return next((words for kind, words in kinds if isinstance(value, kind)), "")


def _figure(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _keys_of(model: Any, name: str) -> str:
    """Return what stands in a part of the file, the keys it cannot do without first."""
    found = _models_in(model).get(name)
    if found is None:
        return _EXPECTED["dict"].removeprefix("must be ")
    fields = sorted(found.model_fields.items(), key=lambda field: not field[1].is_required())
    keys = [f"{field.alias or key}: …" for key, field in fields]
    more = ", …" if len(keys) > _MOST_KEYS else ""
    return f"names with values, such as {{{', '.join(keys[:_MOST_KEYS])}{more}}}"


def _models_in(annotation: Any, found: dict[str, type[BaseModel]] | None = None) -> dict[str, Any]:
    """Return the models a model is made of, by name."""
    found = {} if found is None else found
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    if is_model and annotation.__name__ not in found:
        found[annotation.__name__] = annotation
        for field in annotation.model_fields.values():
            _models_in(field.annotation, found)
    for part in get_args(annotation):
        _models_in(part, found)
    return found
