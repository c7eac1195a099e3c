"""What every conversation is led with: on calls that come in and on calls the machine places."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from hotline.app.legbook import TellingCallLog
from hotline.app.livefeed import LiveFeed
from hotline.app.parts import Parts
from hotline.app.recording import RecordingPlace
from hotline.app.tellingprompts import TellingPrompts
from hotline.call.ports import Call, Dialer, OperatorDesk
from hotline.callrecords.repository import recording_path
from hotline.ivr.deskwork import EarlierCalls
from hotline.ivr.equipment import Equipment
from hotline.settings import Estate


class Conversing:
    """Hands out equipment; keeps the record and says where calls are recorded."""

    def __init__(self, parts: Parts, dialer: Dialer, feed: LiveFeed) -> None:
        """``dialer`` reaches people who are not on the line yet; ``feed`` shows what is said."""
        self._parts = parts
        self._dialer = dialer
        self._feed = feed
        self.log = TellingCallLog(parts.records, feed)
        self.recordings = RecordingPlace(parts)
        self.operators: OperatorDesk | None = None
        """Queues callers for operators, once the desk is open."""
        self.earlier_calls: EarlierCalls | None = None

    def equipment(self, call: Call, estate: Estate) -> Equipment:
        """Return what a conversation on ``call`` needs."""
        parts = self._parts
        return Equipment(
            clock=parts.clock,
            prompts=TellingPrompts(parts.prompts, self._feed, call.facts.leg),
            ears=parts.ears,
            desk=parts.tickets,
            directory=parts.residents,
            duty=parts.estate_duty(estate),
            dialer=self._dialer,
            log=self.log,
            estate=estate,
            ringing=parts.settings.sip.ringing,
            announce=parts.settings.recording.consent != "off",
            refusal_key=self.recordings.refusal_key,
            unrecorded=self.recordings.refuse,
            accept_score=parts.settings.speech.accept_score,
            recording_of=self._recording_of,
            staff=parts.staff,
            flows=parts.flows.in_service,
            record_to=self.recordings.path,
            wakeups=parts.wakeups.book,
            fees=parts.fees,
            door=parts.door,
            operators=self.operators,
            earlier_calls=self.earlier_calls,
            enquiries=parts.enquiries,
            messages=parts.messages,
            outside=parts.outside.book,
        )

    async def _recording_of(self, leg: str) -> Path | None:
        find = partial(recording_path, leg=leg, recordings=self._parts.home.recordings)
        return await self._parts.db.read(find)
