"""Campaigns, their people and what was answered as lines of tables. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from hotline.campaigns.models import CampaignRow, PersonRow
from hotline.campaigns.results import QuestionResult, Tally
from hotline.campaigns.states import CampaignKind, CampaignState, PersonState
from hotline.web.console.fees.lines import REMINDED, RESULTS
from hotline.web.console.kit import times
from hotline.web.console.kit.grid import Row
from hotline.web.masks import Masks

Texts = Callable[[str, str], str]
KINDS = {
    CampaignKind.SURVEY: ("满意度调查", "survey"), CampaignKind.REMINDER: ("催费", "fee reminder"),
    CampaignKind.NOTICE: ("通知", "notice"),
}  # fmt: skip
STATES = {
    CampaignState.DRAFT: ("草稿", "draft"), CampaignState.RUNNING: ("进行中", "running"),
    CampaignState.PAUSED: ("已暂停", "paused"), CampaignState.DONE: ("已结束", "done"),
}  # fmt: skip
TOPICS = {
    "water": ("停水", "water"), "power": ("停电", "power"), "heating": ("供暖", "heating"),
    "gas": ("停气", "gas"), "lift": ("电梯", "lift"), "holiday": ("节假日", "holiday"),
    "other": ("其他", "other"),
}  # fmt: skip
QUESTIONS = {
    "overall": ("总体满意度", "overall satisfaction"), "repairs_speed": ("维修速度", "speed of repairs"),
    "staff_manner": ("工作人员态度", "manner of the staff"), "remark": ("意见和建议", "remark"),
}  # fmt: skip
"""Of the shipped questionnaire; those of one's own are called what its file calls them."""
WAITING = (PersonState.LISTED, PersonState.PLANNED, PersonState.NOT_NOW, PersonState.BEGUN)
FAILED = (PersonState.NOT_REACHED,)
REFUSED = (PersonState.DECLINED, PersonState.STOPPED)
_BAR = 20
"""Signs of the longest bar of a distribution."""


def campaign(row: CampaignRow, tally: Tally, t: Texts, zone: ZoneInfo) -> Row:
    """Return a campaign with how far it has come: progress, reached, refused, not reached."""
    cells = (
        row.name, t(*KINDS[row.kind]), t(*STATES[row.state]), progress(tally),
        str(tally.reached or ""), str(_count(tally, REFUSED) or ""), str(_count(tally, FAILED) or ""),
        times.moment(row.created_at, zone), times.moment(row.ends_at, zone),
    )  # fmt: skip
    tone = {CampaignState.DONE: "dim", CampaignState.PAUSED: "amber"}.get(row.state, "")
    return Row(cells, link=f"/campaigns/{row.id}", tone=tone, key=str(row.id))


def progress(tally: Tally) -> str:
    """``120 / 400 (30 %)``: people nobody calls any more, of all."""
    if not tally.people:
        return ""
    done = tally.people - _count(tally, WAITING)
    return f"{done} / {tally.people} ({100 * done // tally.people} %)"


def _count(tally: Tally, states: Sequence[PersonState]) -> int:
    return sum(tally.by_state.get(state, 0) for state in states)


def tallied(tally: Tally, t: Texts) -> list[Row]:
    """Return how many people are in each state, in the order of a call's life."""
    return [
        Row((t(*said), str(tally.by_state[state])))
        for state, said in REMINDED.items()
        if tally.by_state.get(state)
    ]


def results(tally: Tally, t: Texts) -> list[Row]:
    """Return how often each result came about, the most frequent first."""
    counted = sorted(tally.by_result.items(), key=lambda one: (-one[1], one[0]))
    return [Row((t(*RESULTS.get(name, (name, name))), str(count))) for name, count in counted]


def question(result: QuestionResult, t: Texts) -> Row:
    """Return what was answered to a question: average, and a bar for each value."""
    most = max(result.distribution.values(), default=0)
    shares = [
        f"{value}  {'█' * max(1, round(_BAR * count / most))} {count}"
        for value, count in result.distribution.items()
    ]
    average = "" if result.average is None else f"{result.average:.2f}"
    name = t(*QUESTIONS.get(result.question, (result.question, result.question)))
    return Row((name, str(result.answers), average, "\n".join(shares), str(result.in_words or "")))


def person(row: PersonRow, t: Texts, zone: ZoneInfo, masks: Masks) -> Row:
    """Return somebody on the list: name, number, room, state, result, when it was settled, ticket."""
    result = t(*RESULTS.get(row.result, (row.result, row.result))) if row.result else ""
    cells = (
        masks.name(row.name), masks.number(row.number, row.raw), row.place, t(*REMINDED[row.state]), result,
        times.moment(row.settled_at, zone), row.ticket,
    )  # fmt: skip
    return Row(cells)
