"""Photos, files and words that belong to a ticket; new ones are taken by what they are."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from nicegui import events, ui
from sqlalchemy.orm import Session

from hotline.accounts import tokens
from hotline.accounts.rights import Scope
from hotline.tickets import attachments
from hotline.tickets.attachments import LARGEST, AttachmentRefused
from hotline.tickets.chronicle import HOTLINE
from hotline.tickets.models import PartKind, TicketPartRow
from hotline.web import ticketsight
from hotline.web.console import lists
from hotline.web.console.calls.shaping import Look, local
from hotline.web.console.calls.words import clock, word
from hotline.web.console.shell import View
from hotline.web.console.tickets import historywords, words
from hotline.web.console.tickets.exporting import SHOWN_INLINE
from hotline.web.console.tickets.reading import TicketFound

STYLE = """
.hl-photos{display:flex;flex-wrap:wrap;gap:.6rem}.hl-photos figure{margin:0;width:9rem}
.hl-photos img{width:9rem;height:7rem;object-fit:cover;border:1px solid #cbd5e1;border-radius:4px;
background:#f1f5f9}.hl-photos figcaption{font-size:.8rem;word-break:break-word}
"""
TAKEN = ".jpg,.jpeg,.png,.gif,.webp,.heic,.heif,.pdf,.txt,.csv,.xlsx,.docx,.wav,.mp3,.ogg,.amr,.mp4,.mov"


def show(view: View, found: TicketFound, look: Look) -> None:
    """Show what hangs on a ticket and a field for more."""
    t = view.t
    ui.add_css(STYLE)
    with ui.card().classes("w-full"):
        lists.heading(t("照片与附件", "Photos and files"), 2)
        photos = [part for part in found.parts if part.media_type in SHOWN_INLINE]
        if photos:
            with lists.tag("div", "", "hl-photos"):
                for part in photos:
                    _photo(part, look)
        rest = [part for part in found.parts if part not in photos and _worth(part)]
        for part in rest:
            _line(view, part, look)
        if not photos and not rest:
            lists.tag("p", t("还没有。", "None yet."), "hl-quiet")
        if view.may(Scope.TICKETS_WRITE):
            _field(view, found)


def _worth(part: TicketPartRow) -> bool:
    return bool(part.path or part.text or part.recording)


def _photo(part: TicketPartRow, look: Look) -> None:
    target = f"/tickets/{part.number}/files/{part.id}"
    with lists.tag("figure"):
        with lists.tag("a", href=target, target="_blank", rel="noopener"):
            lists.tag("img", src=target, alt=part.text or part.name, loading="lazy")
        lists.tag("figcaption", f"{part.text or part.name} · {part.by} {local(part.at, look.zone)[5:16]}")


def _line(view: View, part: TicketPartRow, look: Look) -> None:
    kind = word(words.PARTS, part.kind.value, chinese=view.chinese)
    by = words.HOTLINE[not view.chinese] if part.by == HOTLINE else part.by
    with lists.tag("p", "", "q-my-xs"):
        lists.tag("span", f"{local(part.at, look.zone)[:16]} {by} · {kind} ")
        if part.path:
            size = f" ({(part.bytes or 0) / 1000:,.0f} kB)"
            lists.link(part.name, f"/tickets/{part.number}/files/{part.id}")
            lists.tag("span", size)
        elif part.recording and view.may(Scope.CALLS_READ):
            stretch = "" if part.start is None else f" {clock(part.start)}–{clock(part.end)}"
            lists.link(view.t("通话", "call") + stretch, f"/calls/{part.recording}")
        if part.kind is not PartKind.PHOTO and part.text:
            noted = part.kind is PartKind.NOTE and view.chinese
            text = historywords.in_chinese(part.text) if noted else part.text
            lists.tag("span", f" {look.masks.text(text)}")


def _field(view: View, found: TicketFound) -> None:
    t = view.t
    note = ui.input(t("照片或附件的说明", "What it shows")).props(
        "outlined dense stack-label maxlength=200"
    ).classes("w-full max-w-[30rem]")  # fmt: skip

    async def came(event: events.UploadEventArguments) -> None:
        event.sender.run_method("reset")
        if await _keep(view, found, event, note.value or ""):
            ui.navigate.reload()

    def refused() -> None:
        # the browser looks at both and says not which
        sentence = "Not a file that is taken (photos, PDF, text, XLSX, DOCX, sound, video), or over 20 MB."
        view.tell(AttachmentRefused(sentence, code="attachment-not-taken"))

    hidden = ui.upload(
        auto_upload=True, multiple=True, max_file_size=LARGEST, on_upload=came, on_rejected=refused
    )
    hidden.props(f'accept="{TAKEN}"').classes("hidden")
    # the browser opens its dialog only for who clicked; Quasar's own button has no name
    ui.button(t("添加照片或附件（≤ 20 MB）", "Add photos or files (≤ 20 MB)"), icon="upload_file").props(
        "no-caps outline color=blue-10"
    ).on("click", js_handler=f"() => getElement({hidden.id}).$refs.qRef.pickFiles()")


async def _keep(view: View, found: TicketFound, event: events.UploadEventArguments, text: str) -> bool:
    """Keep what came; its name says nothing: where it lies and what it is are decided by the slice."""
    number, parts = found.row.number, view.parts

    async def do() -> bool:
        await view.read(lambda session: _seen(view, session, number))
        await asyncio.to_thread(parts.home.run.mkdir, parents=True, exist_ok=True)
        with TemporaryDirectory(dir=parts.home.run) as folder:
            draft = Path(folder) / attachments.harmless_name(event.file.name)
            await event.file.save(draft)
            await parts.tickets.attach(
                number, draft, home=parts.home.root, who=view.signed.name, text=text.strip()[:200]
            )
        now = parts.clock.now()
        await parts.db.write(
            lambda session: tokens.note(
                session, view.holder.id, "ticket.attach", at=now, by=view.holder.who, detail=number
            )
        )
        return True

    return bool(await view.attempt(do, needs=Scope.TICKETS_WRITE))


def _seen(view: View, session: Session, number: str) -> None:
    sight = ticketsight.sight_of(session, view.holder, view.estate.id, view.signed.name)
    ticketsight.find(session, number, view.estate.id, sight)
