"""What was said in a call becomes its ticket's description, once."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline.app.transcripts import CallTranscripts
from hotline.call.clock import Clock
from hotline.call.ports import Deed, NewTicket, Span, TicketAction, TicketKind
from hotline.callrecords.transcripts import TranscriptJob, TranscriptQueue
from hotline.db.engine import Database
from hotline.language import numbers
from hotline.speech.batch import Segment, Transcript
from hotline.tickets import parts, repository
from hotline.tickets.service import Tickets

LEG = "b" * 32


def transcript(*segments: Segment) -> Transcript:
    return Transcript(
        segments=segments, language="zh", engine="whisper", model="abc", seconds=9.0, computing_seconds=1.0
    )


async def test_only_the_callers_words_in_the_tickets_stretch_describe_it(
    db: Database, clock: Clock, tmp_path: Path
) -> None:
    normalise = partial(numbers.normalise, country="CN", area_code="")
    tickets = Tickets(db, clock=clock, zones={"default": ZoneInfo("Asia/Shanghai")}, normalise=normalise)
    queue = TranscriptQueue(db, clock=clock, recordings=tmp_path)
    new = NewTicket(estate="default", kind=TicketKind.REPAIR, call=LEG, words=Span(LEG, 4.0, 7.0))
    opened = await tickets.open_ticket(new)
    said = transcript(
        Segment(0, 1.0, 2.0, "三号楼"), Segment(0, 4.5, 6.5, "厨房水管漏水"), Segment(1, 5.0, 6.0, "您好")
    )
    job = TranscriptJob(leg=LEG, path=tmp_path / "x.wav", estate="default", attempt=1)
    calls = CallTranscripts(queue, tickets)
    await calls.done(job, said)
    await calls.done(job, transcript(Segment(0, 4.5, 6.5, "别的")))

    from hotline.tickets.models import TicketRow

    with db.reading() as session:
        assert session.get_one(TicketRow, opened.number).description == "厨房水管漏水"


async def test_instructions_and_remarks_said_in_a_call_get_their_words_once(
    db: Database, clock: Clock, tmp_path: Path
) -> None:
    normalise = partial(numbers.normalise, country="CN", area_code="")
    tickets = Tickets(db, clock=clock, zones={"default": ZoneInfo("Asia/Shanghai")}, normalise=normalise)
    number = (await tickets.open_ticket(NewTicket(estate="default", kind=TicketKind.COMPLAINT))).number
    order = Span(LEG, 4.0, 7.0)
    for deed in (
        Deed(action=TicketAction.ASSIGN, who="陈总", department="客服中心", words=order, why="instruction"),
        Deed(action=TicketAction.ACCEPT, who="王工", words=Span("c" * 32, 4.0, 7.0), why="elsewhere"),
        Deed(action=TicketAction.COMPLETE, who="王工", words=Span(LEG, 10.0, 12.0), why="by telephone"),
    ):
        await tickets.act(number, deed)
    remark = NewTicket(estate="default", kind=TicketKind.COMPLAINT, words=Span(LEG, 20.0, 22.0))
    await tickets.add_to(number, remark, who="陈总")
    said = transcript(
        Segment(0, 4.5, 6.5, "请合同部今天答复，打13900002222"), Segment(0, 10.5, 11.5, "阀门换好了"),
        Segment(1, 20.2, 21.0, "请说"),
    )  # fmt: skip
    calls = CallTranscripts(TranscriptQueue(db, clock=clock, recordings=tmp_path), tickets)
    job = TranscriptJob(leg=LEG, path=tmp_path / "x.wav", estate="default", attempt=1)
    await calls.done(job, said)
    await calls.done(job, transcript(Segment(0, 4.5, 6.5, "别的")))
    found = await db.read(lambda session: [(part.name, part.text) for part in parts.of(session, number)])
    assert found == [
        ("instruction", "请合同部今天答复，打13900002222"),
        ("elsewhere", ""),
        ("by telephone", "阀门换好了"),
        ("", ""),
    ]
    history = await db.read(lambda session: [line.event for line in repository.history(session, number)])
    assert history.count("described") == 1
