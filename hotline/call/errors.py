"""Error families. Our fault, the peer's fault and the operator's configuration are kept apart.

Every error carries a stable ``code`` besides its sentence: records, API problems and tests
name the code, people read the sentence.
"""

from __future__ import annotations

from dataclasses import dataclass


class HotlineError(Exception):
    """Base of every error raised on purpose. ``code`` is stable across releases."""

    code = "hotline-error"

    def __init__(self, sentence: str, *, code: str | None = None) -> None:
        """Take the sentence that tells the person what happened and what to do."""
        super().__init__(sentence)
        self.sentence = sentence
        if code is not None:
            self.code = code


class PeerError(HotlineError):
    """The far end, a trunk or a caller did something that ends the operation. Not our fault."""

    code = "peer-error"


class CallGone(PeerError):
    """The call ended while something was asked of it: a normal end, never logged as a failure."""

    code = "call-gone"


class EnvironmentFault(HotlineError):
    """Something of this machine is missing, full, locked or in use; the sentence has the remedy."""

    code = "environment"


class DialFailed(PeerError):
    """An outgoing leg was not answered. ``disposition`` says how, in the words of call records."""

    disposition = "FAILED"
    code = "dial-failed"

    def __init__(self, sentence: str, *, sip_status: int | None = None) -> None:
        """Keep the SIP status (RFC 3261 section 21) when the far end gave one."""
        super().__init__(sentence)
        self.sip_status = sip_status


class DialBusy(DialFailed):
    """The far end is busy (486, 600)."""

    disposition = "BUSY"
    code = "dial-busy"


class DialNoAnswer(DialFailed):
    """Nobody answered within the ring time, or the far end said so (408, 480, 487)."""

    disposition = "NO ANSWER"
    code = "dial-no-answer"


class DialDeclined(DialFailed):
    """The far end refused the call (603, 403)."""

    disposition = "DECLINED"
    code = "dial-declined"


class NoChannel(DialFailed):
    """Our own channel limit leaves no room for this outgoing call."""

    disposition = "CONGESTION"
    code = "dial-no-channel"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file people edit, at the place where it is made.

    ``line`` counts from 1; 0 means the file as a whole. ``where`` is the dotted path inside the
    file (``steps.main.menu.keys.3``) or a column name, empty when it does not apply.
    """

    file: str
    line: int
    where: str
    message: str
    warning: bool = False

    def __str__(self) -> str:
        """``config/menus/main.yaml:41: steps.main.menu.keys.3: no step "fee"``."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        kind = "warning: " if self.warning else ""
        where = f"{self.where}: " if self.where else ""
        return f"{place}: {kind}{where}{self.message}"


class InvalidInput(HotlineError):
    """A file or table that people wrote does not hold; carries *all* its problems at once."""

    code = "invalid-input"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep every problem; the sentence lists them one a line."""
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class TicketRefused(HotlineError):
    """The rules do not allow this on a ticket; the sentence names the rule. Nothing was changed."""

    code = "ticket-refused"


class StaffRefused(HotlineError):
    """A staff number and PIN that do not open, or are locked for a while."""

    code = "staff-refused"


class RoomRefused(HotlineError):
    """A room and PIN that do not belong together, or are locked for a while."""

    code = "room-refused"


class WakeupRefused(HotlineError):
    """The rules of the house do not allow this wake-up; the sentence names the rule. Nothing was changed."""

    code = "wakeup-refused"


class FeeRefused(HotlineError):
    """The rules do not allow this on a bill; the sentence names the rule. Nothing was changed."""

    code = "fee-refused"


class OperatorRefused(HotlineError):
    """The rules of the desk do not allow this, or there is nobody of that name; nothing was changed."""

    code = "operator-refused"


class OutsideRefused(HotlineError):
    """A number that may not be dialled from there; the sentence names the rule. Nothing was dialled."""

    code = "outside-refused"


class MessageRefused(HotlineError):
    """A message that cannot be taken or settled so; nothing was changed."""

    code = "message-refused"
