"""Where campaigns and the people on their lists stand. Pure."""

from __future__ import annotations

from enum import StrEnum


class CampaignKind(StrEnum):
    """What people are called for. The same word is the kind of the placed calls."""

    SURVEY = "survey"
    REMINDER = "reminder"
    """催费: about unpaid bills, see :data:`hotline.call.ports.fees.REMINDER`."""
    NOTICE = "announcement"
    """通知: water or power cut, holiday hours. (A call named ``notice`` is about a ticket.)"""

    @property
    def commands(self) -> str:
        """The group of commands that are about this kind: ``hotline <group>``."""
        return {"reminder": "reminders", "announcement": "notices"}.get(self.value, "campaigns")


class CampaignState(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    """People may be listed; nobody is called."""
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    """Everybody was called, or it was stopped."""


class PersonState(StrEnum):
    """What became of one person of the list."""

    LISTED = "listed"
    """Not planned yet."""
    PLANNED = "planned"
    """To be called."""
    NOT_NOW = "not_now"
    """Asked to be called another time; still to be called."""
    BEGUN = "begun"
    """Answered something, the conversation is not at its end."""
    FINISHED = "finished"
    """Said what was to be said; of other kinds than surveys ``result`` says what."""
    PARTLY = "partly"
    """Hung up in the middle: the answers count, nobody asks again."""
    DECLINED = "declined"
    """“Not now” until the attempts were used up."""
    NOT_REACHED = "not_reached"
    STOPPED = "stopped"
    """Said on a call of this campaign: never again."""
    LEFT_OUT = "left_out"
    """Said the same elsewhere before their turn came."""
    NOT_CALLED = "not_called"
    """Stopped, ended, or no longer needed before their turn."""


TO_BE_CALLED = (PersonState.PLANNED, PersonState.NOT_NOW, PersonState.BEGUN)
