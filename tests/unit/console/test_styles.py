"""Pages use no class that nobody has defined: Tailwind's are made beforehand (docs/decisions/0015)."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import hotline.web
from hotline.web.console import layout

SOURCES = Path(hotline.web.__file__).parent
GIVEN = re.compile(r"""\.classes\(\s*f?"([^"{}]*)\"""")
DEFINED = re.compile(r"\.((?:\\.|[\w-])+)")
OWN = re.compile(r"\.([a-z]+-[\w-]+)")
"""A class of our own in a source: with a hyphen, which no attribute has."""

MARKS = {"shown-once"}
"""Say what something is, without a style."""


def classes_in(style: str) -> set[str]:
    """Names of classes in a style sheet, or in anything that has one."""
    return {re.sub(r"\\(.)", r"\1", found) for found in DEFINED.findall(style)}


def test_every_class_of_a_page_is_in_a_style_sheet() -> None:
    given = {
        name
        for source in SOURCES.rglob("*.py")
        for names in GIVEN.findall(source.read_text(encoding="utf-8"))
        for name in names.split()
    }
    assert {"w-full", "items-center", "hl-red"} <= given
    static = files("nicegui") / "static"
    quasar = [
        (static / f"quasar.{kind}.prod.css").read_text("utf-8") for kind in ("important", "unimportant")
    ]
    own = [source.read_text(encoding="utf-8") for kind in ("*.py", "*.css") for source in SOURCES.rglob(kind)]
    known = classes_in("\n".join(quasar)) | classes_in(layout._utilities()) | set(OWN.findall("\n".join(own)))
    assert given <= known | MARKS, f"run requirements/restyle for {sorted(given - known - MARKS)}"
