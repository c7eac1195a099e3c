"""Where a message for a room is told: at its telephone, else to who lives there."""

from __future__ import annotations

import pytest

from hotline.app.house import House
from hotline.call.ports import Place
from hotline.home import shipped
from hotline.language.numbers import normalise
from hotline.residents import rooms
from hotline.residents.service import import_list

SAMPLES = shipped("config") / "samples"


@pytest.mark.parametrize(
    ("place", "to"),
    [
        (Place("3", "2", "602"), "13800001111"),  # the owner, not the family
        (Place("3", "2", "601"), "13800003333"),
        (Place("3", "1", "101"), ""),
        (Place(room="808"), "808"),
    ],
)
def test_a_room_without_a_telephone_is_reached_by_who_lives_there(db, place, to):
    given = {"estates": {"default": "示范小区"}, "default": "default", "normalise": normalise}
    import_list(db, SAMPLES / "residents.csv", **given)
    rooms.import_rooms(db, SAMPLES / "rooms.csv", estate="default", normalise=normalise)
    with db.reading() as session:
        found = House({}).room(session, "default", place)
    assert found is not None and to in found.to and bool(found.to) == bool(to)


def test_a_room_that_is_not_there_is_nobody(db):
    with db.reading() as session:
        assert House({}).room(session, "default", Place("9", "9", "9")) is None
