"""The first real call: calls, tickets, residents, outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    _calls()
    _recordings()
    _tickets()
    _ticket_history()
    _directory()
    _outbox()


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("linkedid", sa.String(), nullable=False),
        sa.Column("uniqueid", sa.String(), nullable=False),
        sa.Column("emergency", sa.Boolean(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("src", sa.String(), nullable=False),
        sa.Column("src_raw", sa.String(), nullable=False),
        sa.Column("src_name", sa.String(), nullable=False),
        sa.Column("dst", sa.String(), nullable=False),
        sa.Column("dst_raw", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duration", sa.Double(), nullable=True),
        sa.Column("billsec", sa.Double(), nullable=True),
        sa.Column("disposition", sa.String(), nullable=False),
        sa.Column("ring_seconds", sa.Double(), nullable=True),
        sa.Column("rings", sa.Integer(), nullable=True),
        sa.Column("hangup_by", sa.String(), nullable=True),
        sa.Column("hangup_cause", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("linkedid", name=op.f("pk_calls")),
    )
    op.create_index(op.f("ix_calls_estate_start"), "calls", ["estate", "start"], unique=False)
    op.create_index(op.f("ix_calls_src"), "calls", ["src"], unique=False)
    op.create_index(op.f("ix_calls_start"), "calls", ["start"], unique=False)
    op.create_table(
        "legs",
        sa.Column("uniqueid", sa.String(), nullable=False),
        sa.Column("linkedid", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("sip_status", sa.Integer(), nullable=True),
        sa.Column("codec", sa.String(), nullable=False),
        sa.Column("received_packets", sa.Integer(), nullable=True),
        sa.Column("sent_packets", sa.Integer(), nullable=True),
        sa.Column("loss", sa.Integer(), nullable=True),
        sa.Column("jitter", sa.Double(), nullable=True),
        sa.Column("mos", sa.Double(), nullable=True),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("src", sa.String(), nullable=False),
        sa.Column("src_raw", sa.String(), nullable=False),
        sa.Column("src_name", sa.String(), nullable=False),
        sa.Column("dst", sa.String(), nullable=False),
        sa.Column("dst_raw", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duration", sa.Double(), nullable=True),
        sa.Column("billsec", sa.Double(), nullable=True),
        sa.Column("disposition", sa.String(), nullable=False),
        sa.Column("ring_seconds", sa.Double(), nullable=True),
        sa.Column("rings", sa.Integer(), nullable=True),
        sa.Column("hangup_by", sa.String(), nullable=True),
        sa.Column("hangup_cause", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["linkedid"], ["calls.linkedid"], name=op.f("fk_legs_linkedid"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("uniqueid", name=op.f("pk_legs")),
    )
    op.create_index(op.f("ix_legs_end_process"), "legs", ["end", "process"], unique=False)
    op.create_index(op.f("ix_legs_linkedid"), "legs", ["linkedid"], unique=False)
    op.create_table(
        "call_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("uniqueid", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("detail", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["uniqueid"], ["legs.uniqueid"], name=op.f("fk_call_events_uniqueid"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_events")),
    )
    op.create_index(op.f("ix_call_events_uniqueid_at"), "call_events", ["uniqueid", "at"], unique=False)


def _recordings() -> None:
    op.create_table(
        "recordings",
        sa.Column("uniqueid", sa.String(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["uniqueid"], ["legs.uniqueid"], name=op.f("fk_recordings_uniqueid"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("uniqueid", name=op.f("pk_recordings")),
    )
    op.create_index(op.f("ix_recordings_started_at"), "recordings", ["started_at"], unique=False)
    op.create_table(
        "transcripts",
        sa.Column("uniqueid", sa.String(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("segments", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["uniqueid"], ["recordings.uniqueid"], name=op.f("fk_transcripts_uniqueid"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("uniqueid", name=op.f("pk_transcripts")),
    )
    op.create_index(op.f("ix_transcripts_state_due_at"), "transcripts", ["state", "due_at"], unique=False)
    # ### end Alembic commands ###
    op.create_table(
        "intake_drafts",
        sa.Column("uniqueid", sa.String(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_something", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ticket", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["uniqueid"], ["legs.uniqueid"], name=op.f("fk_intake_drafts_uniqueid"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("uniqueid", name=op.f("pk_intake_drafts")),
    )


def _tickets() -> None:
    op.create_table(
        "ticket_counters",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_ticket_counters")),
    )
    op.create_table(
        "tickets",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("building", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("place_note", sa.String(), nullable=False),
        sa.Column("caller_number", sa.String(), nullable=False),
        sa.Column("caller_number_raw", sa.String(), nullable=False),
        sa.Column("callback_number", sa.String(), nullable=False),
        sa.Column("callback_number_raw", sa.String(), nullable=False),
        sa.Column("caller_name", sa.String(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("words_recording", sa.String(), nullable=False),
        sa.Column("words_start", sa.Double(), nullable=True),
        sa.Column("words_end", sa.Double(), nullable=True),
        sa.Column("name_recording", sa.String(), nullable=False),
        sa.Column("name_start", sa.Double(), nullable=True),
        sa.Column("name_end", sa.Double(), nullable=True),
        sa.Column("call", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("assignee", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("responded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tickets")),
        sa.UniqueConstraint("day", "serial", name=op.f("uq_tickets_day_serial")),
    )
    op.create_index(op.f("ix_tickets_call"), "tickets", ["call"], unique=False)
    op.create_index(op.f("ix_tickets_estate_opened_at"), "tickets", ["estate", "opened_at"], unique=False)
    op.create_index(op.f("ix_tickets_estate_serial"), "tickets", ["estate", "serial"], unique=False)
    op.create_index(op.f("ix_tickets_estate_state"), "tickets", ["estate", "state"], unique=False)
    op.create_index(op.f("ix_tickets_words_recording"), "tickets", ["words_recording"], unique=False)


def _ticket_history() -> None:
    op.create_table(
        "ticket_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["tickets.number"], name=op.f("fk_ticket_history_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_history")),
    )
    op.create_index(op.f("ix_ticket_history_number_at"), "ticket_history", ["number", "at"], unique=False)


def _directory() -> None:
    op.create_table(
        "rooms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("building", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rooms")),
        sa.UniqueConstraint(
            "estate", "building", "unit", "room", name=op.f("uq_rooms_estate_building_unit_room")
        ),
    )
    op.create_table(
        "residents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_residents_room_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_residents")),
        sa.UniqueConstraint("room_id", "name", name=op.f("uq_residents_room_id_name")),
    )
    op.create_index(op.f("ix_residents_estate"), "residents", ["estate"], unique=False)
    op.create_table(
        "resident_numbers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("raw", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resident_id"],
            ["residents.id"],
            name=op.f("fk_resident_numbers_resident_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident_numbers")),
        sa.UniqueConstraint("resident_id", "number", name=op.f("uq_resident_numbers_resident_id_number")),
    )
    op.create_index(
        op.f("ix_resident_numbers_estate_number"), "resident_numbers", ["estate", "number"], unique=False
    )
    op.create_table(
        "lifts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("raw", sa.String(), nullable=False),
        sa.Column("building", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lifts")),
        sa.UniqueConstraint("estate", "number", name=op.f("uq_lifts_estate_number")),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_outbox_at"), "outbox", ["at"], unique=False)
    op.create_table(
        "outbox_readers",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_outbox_readers")),
    )
