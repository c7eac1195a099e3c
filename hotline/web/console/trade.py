"""The pages of the trade's slices, in the order in which their addresses are looked at."""

from __future__ import annotations

from hotline.web.console.campaigns import listpage as campaigns
from hotline.web.console.campaigns import onepage as campaign
from hotline.web.console.directory import listpage as directory
from hotline.web.console.directory import people, room
from hotline.web.console.duty import shifts, week
from hotline.web.console.errands import confirmations, messages, outside
from hotline.web.console.fees import bring, overview, promised
from hotline.web.console.fees import room as bills_of_room
from hotline.web.console.wakeups import booking as wakeup
from hotline.web.console.wakeups import daylist, stays

PAGES = (
    daylist,
    stays,
    wakeup,
    overview,
    bills_of_room,
    promised,
    bring,
    campaigns,
    campaign,
    week,
    shifts,
    messages,
    confirmations,
    outside,
    directory,
    people,
    room,
)
"""Modules with ``register(console)``; ``/register/stays`` comes before ``/register/NUMBER``."""
