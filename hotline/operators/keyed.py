"""From a code typed on a plain telephone to the order a screen would have given. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from hotline.operators.featurecodes import SURVEY, TOGGLE, Keyed


def action_of(keyed: Keyed, *, held: bool, survey: str) -> tuple[str, Mapping[str, str]]:
    """Return action and arguments; ``survey`` is the menu step its code sends to."""
    match keyed:
        case Keyed(action=action) if action == TOGGLE:
            return ("resume" if held else "hold"), {}
        case Keyed(action=action) if action == SURVEY:
            return "send", {"step": survey}
        case Keyed(action=action, number=number) if number:
            return action, {"to": number}
        case _:
            return keyed.action, {}
