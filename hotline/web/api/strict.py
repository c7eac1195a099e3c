"""Nothing of a request is silently left out: a query that no operation knows is a mistake of the caller."""

from __future__ import annotations

from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import Query
from fastapi.routing import APIRoute
from starlette.requests import Request


def known_queries(request: Request) -> None:
    """Refuse parameters the operation does not have (``?statee=open`` is not every ticket).

    Raises :class:`~fastapi.exceptions.RequestValidationError` naming each; for every router.
    """
    route = request.scope.get("route")
    if not request.query_params or not isinstance(route, APIRoute):
        return
    fields = get_flat_params(route.dependant)
    known = {field.alias for field in fields if isinstance(field.field_info, Query)}
    unknown = [name for name in dict.fromkeys(request.query_params) if name not in known]
    if unknown:
        said = f"there is no such parameter ({', '.join(sorted(known)) or 'there are none'})"
        raise RequestValidationError(
            [{"type": "extra_forbidden", "loc": ("query", name), "msg": said} for name in unknown]
        )
