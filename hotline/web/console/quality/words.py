"""What quality review is called on pages, and who sees whose scores. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hotline.accounts.rights import Scope
from hotline.quality.models import ReviewState
from hotline.quality.service import Scorer
from hotline.web.console.shell import View

STATES: Mapping[ReviewState, tuple[str, str]] = MappingProxyType(
    {
        ReviewState.DRAWN: ("待评分", "To be scored"),
        ReviewState.SCORED: ("已评分", "Scored"),
        ReviewState.LEFT_OUT: ("不评分", "Left out"),
    }
)


def only(view: View) -> str:
    """Return the operator whose reviews alone somebody sees: their own; empty: everybody's.

    Operators who may read quality see what was said about themselves; who scores, leads or audits sees all.
    """
    number = view.holder.operator
    return number if number and not view.may(Scope.QUALITY_WRITE) else ""


def scorer(view: View) -> Scorer:
    """Return who scores on this page."""
    return Scorer(view.holder.who, view.holder.operator)


def by(who: str) -> str:
    """``user:wang`` is wang; names that scored on the command line stay."""
    return who.partition(":")[2] or who


def state(view: View, found: ReviewState) -> str:
    """Return where a review stands, in words."""
    return view.t(*STATES[found])


def percent(found: float | None) -> str:
    """``86.5``; a dash for none."""
    return "–" if found is None else f"{found:.1f}"


def passed(view: View, found: bool | None) -> str:
    """Return whether a call was good enough."""
    if found is None:
        return ""
    return view.t("合格", "passed") if found else view.t("不合格", "failed")


def signed(found: float | None) -> str:
    """``+2.5``, ``-1.0``."""
    return "" if found is None else f"{found:+.1f}"
