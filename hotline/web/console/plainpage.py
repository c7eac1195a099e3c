"""Pages without script: signing in, first run. Chinese first, English beside it; all is escaped here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from fastapi.responses import HTMLResponse

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

_STYLE = """
body{font:16px/1.6 system-ui,"Noto Sans CJK SC","Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif;
max-width:24rem;margin:2.5rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
body.wide{max-width:46rem}h1{font-size:1.5rem}h2{font-size:1.15rem}small{color:#444}small[id$=-hint]{display:block}
label{display:block;margin:.8rem 0 .2rem}
input[type=text],input[type=password],input[type=file],input:not([type]),select,textarea{width:100%;padding:.5rem;
font:inherit;box-sizing:border-box;border:1px solid #767676;border-radius:4px}
label.line{display:flex;gap:.5rem;align-items:baseline}
button,.button{display:inline-block;padding:.5rem 1.5rem;margin:1rem .5rem .5rem 0;font:inherit;
border-radius:4px;border:1px solid #1e293b;background:#1e293b;color:#fff;cursor:pointer;text-decoration:none}
button small,.button small{color:#e2e8f0}
.quiet{background:#fff;color:#1e293b}.quiet small{color:#444}
.bad{color:#b71c1c;margin:.2rem 0}.good{color:#1b5e20}
[aria-invalid=true]{border:2px solid #b71c1c}
code,kbd{font-family:ui-monospace,monospace;background:#f1f5f9;padding:.1rem .3rem;overflow-wrap:anywhere}
ol.steps{display:flex;flex-wrap:wrap;gap:.3rem 1rem;padding:0;list-style:none}
ol.steps [aria-current]{font-weight:bold}
table{border-collapse:collapse}td,th{border:1px solid #cbd5e1;padding:.3rem .6rem;text-align:left}
"""


def both(zh: str, en: str) -> str:
    """Return a text in both languages, escaped."""
    return f'{escape(zh)} <small lang="en">{escape(en)}</small>'


def page(
    zh: str, en: str, body: str, *, status: int = 200, problem: str = "", wide: bool = False,
    headers: Mapping[str, str] = HEADERS, head: str = "",
) -> HTMLResponse:  # fmt: skip
    """Return a page; ``body`` and ``head`` are HTML, ``problem`` is plain text."""
    told = f'<p role="alert" class="bad">{escape(problem)}</p>' if problem else ""
    html = (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(zh)} {escape(en)} – Hotline</title><style>{_STYLE}</style>{head}</head>"
        f'<body class="{"wide" if wide else ""}"><main><h1>{both(zh, en)}</h1>{told}{body}</main></body>'
        "</html>"
    )
    return HTMLResponse(html, status, headers=dict(headers))


def field(
    name: str, zh: str, en: str, *, value: str = "", kind: str = "text", problem: str = "",
    hint: tuple[str, str] = ("", ""), required: bool = True, attributes: str = "",
) -> str:  # fmt: skip
    """Return a labelled input; a ``problem`` stands below it and is read out with it."""
    marks = []
    if any(hint):
        marks.append(f"{name}-hint")
    if problem:
        marks.append(f"{name}-bad")
    described = f' aria-describedby="{" ".join(marks)}"' if marks else ""
    wrong = ' aria-invalid="true"' if problem else ""
    shown = "" if kind in ("password", "file") else f' value="{escape(value)}"'
    return (
        f'<label for="{name}">{both(zh, en)}</label>'
        f'<input id="{name}" name="{name}" type="{kind}"{shown}{described}{wrong}'
        f"{' required' if required else ''} {attributes}>"
        + (f'<small id="{name}-hint">{escape(hint[0])} {escape(hint[1])}</small>' if any(hint) else "")
        + _problem(name, problem)
    )


def choice(
    name: str, zh: str, en: str, options: Sequence[tuple[str, str]], *, value: str = "", problem: str = ""
) -> str:
    """Return a labelled selection of (value, text)."""
    listed = "".join(
        f'<option value="{escape(one)}"{" selected" if one == value else ""}>{escape(text)}</option>'
        for one, text in options
    )
    described = f' aria-describedby="{name}-bad" aria-invalid="true"' if problem else ""
    return (
        f'<label for="{name}">{both(zh, en)}</label>'
        f'<select id="{name}" name="{name}"{described}>{listed}</select>' + _problem(name, problem)
    )


def _problem(name: str, problem: str) -> str:
    return f'<p class="bad" id="{name}-bad">{escape(problem)}</p>' if problem else ""


def hidden(name: str, value: str) -> str:
    """Return a hidden input."""
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def button(zh: str, en: str, *, quiet: bool = False, attributes: str = "") -> str:
    """Return a button that sends its form."""
    return f"<button{' class=quiet' if quiet else ''} {attributes}>{both(zh, en)}</button>"
