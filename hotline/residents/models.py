"""Tables of the directory. A room is named by building, unit and room as plain text (``3``, ``2``,
``602``); a building without units has an empty unit. Buildings and units are what rooms name."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hotline.call.ports import Place
from hotline.db.base import Base


class RoomRow(Base):
    """A room (flat, shop, office) of an estate."""

    __tablename__ = "rooms"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    building: Mapped[str] = mapped_column(String)
    unit: Mapped[str] = mapped_column(String)
    room: Mapped[str] = mapped_column(String)
    address: Mapped[str] = mapped_column(String, default="", server_default=text("''"))
    """What is dialled to ring the room: extension, number or SIP URI; empty: it has no telephone."""
    address_number: Mapped[str] = mapped_column(String, default="", server_default=text("''"))
    """The same, normalised: whoever calls from it is in the room."""

    @property
    def place(self) -> Place:
        """The room as a place."""
        return Place(self.building, self.unit, self.room)

    __table_args__ = (
        UniqueConstraint("estate", "building", "unit", "room"),
        Index(None, "estate", "address_number"),
    )


class ResidentRow(Base):
    """A person of a room."""

    __tablename__ = "residents"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String)
    kind: Mapped[str] = mapped_column(String)
    """``owner`` 业主, ``tenant`` 租户, ``family`` 家属, ``resident`` 住户 when the list does not say."""
    note: Mapped[str] = mapped_column(String)

    room: Mapped[RoomRow] = relationship()
    numbers: Mapped[list[ResidentNumberRow]] = relationship(
        cascade="all, delete-orphan", order_by="ResidentNumberRow.position"
    )

    __table_args__ = (UniqueConstraint("room_id", "name"), Index(None, "estate"))


class ResidentNumberRow(Base):
    """A telephone number of a person. One number may belong to several people and rooms."""

    __tablename__ = "resident_numbers"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    resident_id: Mapped[int] = mapped_column(ForeignKey("residents.id", ondelete="CASCADE"))
    position: Mapped[int]
    """0 is the one to call back on."""
    number: Mapped[str] = mapped_column(String)
    raw: Mapped[str] = mapped_column(String)

    __table_args__ = (UniqueConstraint("resident_id", "number"), Index(None, "estate", "number"))


class LiftRow(Base):
    """The emergency telephone in a lift: its number says where help is needed."""

    __tablename__ = "lifts"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    number: Mapped[str] = mapped_column(String)
    raw: Mapped[str] = mapped_column(String)
    building: Mapped[str] = mapped_column(String)
    unit: Mapped[str] = mapped_column(String)
    name: Mapped[str] = mapped_column(String)
    """“2号梯”."""

    __table_args__ = (UniqueConstraint("estate", "number"),)
