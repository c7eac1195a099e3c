"""The API as one application, mounted at ``/api/v1``."""

from __future__ import annotations

from fastapi import Depends, FastAPI

from hotline import __version__
from hotline.web.api import (
    accounts,
    bills,
    calls,
    campaignlists,
    campaigns,
    confirmations,
    desk,
    directory,
    duty,
    events,
    fees,
    imports,
    menudrafts,
    menupublishing,
    menus,
    messages,
    operators,
    outside,
    people,
    placed,
    privacy,
    prompts,
    quality,
    reports,
    residents,
    roompins,
    shifts,
    staff,
    stays,
    system,
    ticketfiles,
    tickets,
    wakeups,
    webhooks,
)
from hotline.web.api.description import REFUSALS, describe, name_of
from hotline.web.api.guard import Guard
from hotline.web.api.parts import ApiParts
from hotline.web.api.problems import answer_with_problems
from hotline.web.api.sizes import LimitedBodies
from hotline.web.api.strict import known_queries

PATH = "/api/v1"
SLICES = (
    calls, desk, tickets, ticketfiles, wakeups, stays, fees, confirmations, messages, duty, shifts,
    staff, webhooks, events, reports, quality, operators, directory, imports, residents, bills, roompins,
    outside, people, campaignlists, campaigns, placed, menudrafts, menupublishing, menus, prompts, accounts,
    privacy, system,
)  # fmt: skip
"""Modules with a ``router``."""
_ABOUT = (
    "Every request needs a token: `hotline api-tokens create NAME --scope …`. Errors are problem+json with a "
    "stable `code`. Changes take an `Idempotency-Key`."
)


def build_api(parts: ApiParts, guard: Guard) -> FastAPI:
    """Return the application; its description is at ``/api/v1/openapi.json``."""
    api = FastAPI(
        title="Hotline API", version=__version__, description=_ABOUT, docs_url=None, redoc_url=None,
        generate_unique_id_function=name_of, responses=REFUSALS,
    )  # fmt: skip
    api.state.parts, api.state.guard = parts, guard
    answer_with_problems(api)
    for slice_ in SLICES:
        api.include_router(slice_.router, dependencies=[Depends(known_queries)])
    describe(api)
    api.add_middleware(LimitedBodies)
    return api
