"""Where the scripts of live pages come from, and how a page loads them with its words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files

from nicegui import app, ui

from hotline import __version__

_PATH = "/console-static"
_EARLY = "<script>window.hotlineEarly=[];window.hotlineLive=(news)=>window.hotlineEarly.push(news)</script>"
"""What is pushed before the script is there waits for it."""


def serve() -> None:
    """Serve the scripts; they hold no data. Once a process."""
    app.add_static_files(_PATH, str(files("hotline.web") / "static" / "console"), max_cache_age=0)


def load(script: str, words: Mapping[str, str], *, styles: tuple[str, ...] = ("live.css",)) -> None:
    """Have the page being built load a script with its words; no word holds data."""
    text = json.dumps(dict(words), ensure_ascii=False).replace("<", "\\u003c")
    sheets = "".join(f'<link rel="stylesheet" href="{_PATH}/{name}?v={__version__}">' for name in styles)
    ui.add_head_html(f'{sheets}{_EARLY}<script type="application/json" id="hotline-words">{text}</script>')
    ui.add_body_html(f'<script type="module" src="{_PATH}/{script}?v={__version__}"></script>')
