"""Time limits as bars that go on by themselves."""

from __future__ import annotations

import json

from nicegui import ui

from hotline.web.console import lists
from hotline.web.console.tickets.shaping import Bar

STYLE = """
.hl-bar{height:.7rem;background:#e5e7eb;border-radius:4px;overflow:hidden;min-width:5rem;position:relative}
.hl-bar>span{display:block;height:100%;background:#2f855a}
.hl-bar::before,.hl-bar::after{content:"";position:absolute;top:0;bottom:0;width:1px;background:#0006}
.hl-bar::before{left:50%}.hl-bar::after{left:80%}
.hl-bar.amber>span{background:#b7791f}.hl-bar.warn>span{background:#c05621}.hl-bar.bad>span{background:#b91c1c}
.hl-bar.met>span{background:#2f855a}.hl-bar.still>span{background:#9ca3af}
.hl-limit{display:grid;grid-template-columns:7rem 1fr max-content;gap:.5rem;align-items:center;width:100%;
font-size:.9rem}
"""
SLOT = (
    '<div v-if="props.row.limit"><div :class="\'hl-bar \' + props.row.tone" role="progressbar"'
    ' aria-valuemin="0" aria-valuemax="100" :aria-valuenow="props.row.percent" :aria-label="props.row.limit"'
    ' :data-points="props.row.points"><span :style="{width: props.row.percent + \'%\'}"></span></div>'
    "<small>{{ props.row.limit }}</small></div>"
)
"""Of a row of a table (Vue)."""


def prepared() -> None:
    """Bring style and script along; once a page."""
    ui.add_css(STYLE)
    ui.add_head_html('<script type="module" src="/console-static/limit-bars.js"></script>')


def points(bar: Bar) -> str:
    """Return a bar's course as the script takes it."""
    return json.dumps([[round(at), percent] for at, percent in bar.points])


def show(bar: Bar) -> None:
    """Show a bar with its name and what it says."""
    with lists.tag("div", "", "hl-limit"):
        lists.tag("span", bar.name)
        track(bar)
        lists.tag("span", bar.text)


def track(bar: Bar) -> None:
    """Show the bar alone."""
    with lists.tag(
        "div", "", f"hl-bar {bar.tone}", role="progressbar", aria_valuemin="0", aria_valuemax="100",
        aria_valuenow=str(bar.percent), aria_label=f"{bar.name} {bar.text}", data_points=points(bar),
    ):  # fmt: skip
        lists.tag("span", "", style=f"width:{bar.percent}%")
