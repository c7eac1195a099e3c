"""Transcripts meet call records and tickets: what was said becomes the words of the ticket and its parts."""

from __future__ import annotations

import structlog

from hotline.call.errors import EnvironmentFault
from hotline.call.ports import Span
from hotline.callrecords.transcripts import TranscriptJob, TranscriptQueue, TranscriptText, text_between
from hotline.speech.batch import Transcript
from hotline.tickets.service import Tickets

log = structlog.get_logger(__name__)


class CallTranscripts:
    """The transcription worker's queue: the records' own, and the tickets that wait for words."""

    def __init__(self, queue: TranscriptQueue, tickets: Tickets) -> None:
        """Take recordings from ``queue``; tell ``tickets`` what was said."""
        self._queue = queue
        self._tickets = tickets

    async def claim(self) -> TranscriptJob | None:
        """Take the next recording, or ``None``; also while the database is locked or full."""
        try:
            return await self._queue.claim()
        except EnvironmentFault as fault:
            log.warning("no recording is transcribed for now", reason=fault.code)
            return None

    async def done(self, job: TranscriptJob, transcript: Transcript) -> bool:
        """Give the tickets their words – description, instruction, remark – then store the transcript.

        In this order a crash in between costs only doing it again: words that are there stay.
        """
        rows = transcript.rows()

        def words(span: Span) -> str:
            return text_between(rows, span.start, span.end)

        await self._tickets.describe_from_transcript(job.leg, words)
        return await self._queue.done(
            job,
            TranscriptText(
                text=transcript.text,
                segments=rows,
                language=transcript.language,
                engine=f"{transcript.engine} {transcript.model[:12]}".strip(),
            ),
        )

    async def failed(self, job: TranscriptJob, sentence: str, retry: bool) -> None:
        """Note why it failed."""
        await self._queue.failed(job, sentence, retry)

    async def release(self, job: TranscriptJob) -> None:
        """Give it back untried."""
        await self._queue.release(job)
