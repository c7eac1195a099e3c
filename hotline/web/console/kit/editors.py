"""What the text editors of the console need beyond NiceGUI's own."""

from __future__ import annotations

import json

from nicegui import ui


def name_editor(text: ui.codemirror, name: str) -> None:
    """Tell screen readers what the text is, and let keys scroll it.

    In the moment the editor is built, before anybody can come upon one without a name (WCAG 2.1, 4.1.2 and
    2.1.1). For pages: the script goes out with them.
    """
    label = json.dumps(name).replace("<", "\\u003c")
    ui.add_body_html(
        f"""<script>(() => {{
          const name = () => {{
            const box = document.getElementById("c{text.id}");
            const words = box?.querySelector(".cm-content");
            if (!words) return;
            built.disconnect();
            words.setAttribute("aria-label", {label});
            box.querySelector(".cm-scroller").setAttribute("tabindex", "0");
          }};
          const built = new MutationObserver(name);
          built.observe(document.documentElement, {{ childList: true, subtree: true }});
        }})();</script>"""
    )
