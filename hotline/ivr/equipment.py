"""What conversations are led with, the same for every leg of a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hotline.call.clock import Clock
from hotline.call.ports import (
    Call,
    CallLog,
    CaseDesk,
    Dialer,
    Directory,
    Duty,
    Ears,
    FeeDesk,
    OperatorDesk,
    OutsideLines,
    PromptBook,
    RoomDoor,
    StaffDesk,
    WakeupDesk,
)
from hotline.call.ports.enquiries import EnquiryDesk
from hotline.call.ports.messages import MessageDesk
from hotline.ivr.afterwards import Flows, RecordTo
from hotline.ivr.archive import RecordingOf
from hotline.ivr.deskwork import EarlierCalls
from hotline.settings import Estate, Ringing


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """The ports a conversation speaks through, and how its estate wants it."""

    clock: Clock
    prompts: PromptBook
    ears: Ears
    desk: CaseDesk
    directory: Directory
    duty: Duty
    dialer: Dialer
    log: CallLog
    estate: Estate
    ringing: Ringing = field(default_factory=Ringing)
    announce: bool = True
    """The caller is told about the recording, if there is one."""
    refusal_key: str = ""
    """The key by which a caller goes on without recording; empty: nobody is asked."""
    unrecorded: Callable[[Call], None] | None = None
    """Told of a call whose far end does not want to be recorded: none of its later legs is."""
    accept_score: float = 0.5
    """A recognised answer with a lower score (0 to 1) is asked for again."""
    recording_of: RecordingOf | None = None
    """Finds the recording of an earlier leg, so that its words can be played."""
    staff: StaffDesk | None = None
    """Lets people report by telephone."""
    flows: Flows | None = None
    """By name: said to people afterwards whom the caller was connected with."""
    record_to: RecordTo | None = None
    """Where the legs of those are recorded."""
    wakeups: WakeupDesk | None = None
    """Books wake-ups; without it they are taken as messages."""
    fees: FeeDesk | None = None
    """Knows the bills; without it questions about fees are taken as messages."""
    door: RoomDoor | None = None
    """Lets callers hear about a room by its PIN; without it only registered numbers do."""
    outside: OutsideLines | None = None
    """Dials out for rooms; without it there are no outside lines."""
    operators: OperatorDesk | None = None
    """Queues callers for operators; without it a ``queue`` step goes to ``nobody`` at once."""
    earlier_calls: EarlierCalls | None = None
    """How often a number has called lately; operators are told from the second call on."""
    enquiries: EnquiryDesk | None = None
    """The directory and the world clock."""
    messages: MessageDesk | None = None
    """Takes words for somebody who is not there."""
