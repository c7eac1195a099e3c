"""One call that cannot be handled must not keep the others waiting: what a kind does, in a savepoint.

A fault in what one kind of call does – a ticket that was closed just now, a row nobody foresaw – would
otherwise end the transaction of every call that is due, and with it the process that takes calls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

log = structlog.get_logger(__name__)

T = TypeVar("T")


def apart(session: Session, do: Callable[[], T], otherwise: Callable[[str], T], *, kind: str) -> T:
    """Return what ``do`` returns; when it fails nothing of it stays and ``otherwise`` is asked instead.

    ``otherwise`` gets the name of the fault, ``kind`` is for the log. What the database itself is to blame
    for is raised: the whole transaction is done again, or later.
    """
    trial = session.begin_nested()
    try:
        found = do()
        trial.commit()
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        trial.rollback()
        log.exception("a machine-placed call cannot be handled", kind=kind)
        return otherwise(getattr(error, "code", None) or type(error).__name__)
    return found
