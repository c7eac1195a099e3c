"""What goes with a guest who moves or leaves."""

from __future__ import annotations

from collections.abc import Sequence

from hotline.app.desk import open_duty
from hotline.app.wakeups import open_wakeups
from hotline.cli.store import Store
from hotline.residents.stays import StayFollower
from hotline.wakeup.book import WakeupBook


def wakeup_book(store: Store) -> WakeupBook:
    """Open the wake-ups of a data folder; raises :class:`~hotline.call.errors.InvalidInput`."""
    home, settings = store.home, store.settings
    duty = open_duty(home, settings, last_good=home.in_service / "duty")
    last_good = home.in_service / "wakeup"
    return open_wakeups(home, settings, store.db, store.db.clock, duty, last_good=last_good).book


def followers(store: Store) -> Sequence[StayFollower]:
    """Return the slices whose rows follow a stay, on the database of ``store``."""
    return (wakeup_book(store),)
