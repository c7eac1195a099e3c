"""The pages the web process serves, Chinese first, English second."""

from __future__ import annotations

from importlib.resources import files


def status_page() -> str:
    """Return the status page: static HTML that shows what ``/api/status`` says."""
    return (files("hotline.web") / "static" / "status.html").read_text(encoding="utf-8")
