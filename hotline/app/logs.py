"""Logging: one line an event on standard error; personal data never gets here (DOMAIN section 9)."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from pathlib import Path

import structlog


def configure(role: str) -> None:
    """Set structlog and the standard library's logging up for one process.

    ``HOTLINE_LOG=debug`` shows more; ``HOTLINE_LOG_FORMAT=json`` prints JSON for collectors. A check
    answers people: what it does meanwhile is not said.
    """
    usual = "warning" if role == "check" else "info"
    level = logging.getLevelNamesMapping().get(os.environ.get("HOTLINE_LOG", usual).upper(), logging.INFO)
    as_json = os.environ.get("HOTLINE_LOG_FORMAT") == "json"
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    shared.append(_anonymous_traceback)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("asyncio", "alembic", "sqlalchemy", "uvicorn", "httpx", "httpcore", "jieba", "phonemizer"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=role)


def _anonymous_traceback(
    _logger: object, _method: str, event: structlog.types.EventDict
) -> structlog.types.EventDict:
    """Say where an exception was raised, but not its message: that may hold a number or a word."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = describe(error)
    return event


def describe(error: BaseException) -> str:
    """Return an exception's kinds and places without its message."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(describe(part) for part in error.exceptions)
    frames = traceback.extract_tb(error.__traceback__)[-5:]
    where = " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(frames))
    return f"{type(error).__name__} at {where}"
