"""What somebody had typed when the web process was replaced: the page is loaded anew, the words given back.

The server that knew the page is gone, so only the browser still has them. They are kept in the tab alone, and
only then.
"""

from __future__ import annotations

import json
from collections.abc import Callable

_SCRIPT = """<script>(() => {
  const KEY = "hotline-typed", here = location.pathname + location.search;
  const fields = () => [...document.querySelectorAll("main textarea, main input")].filter((one) =>
    ["text", "textarea", "date", "time", "datetime-local", "search"].includes(one.type) &&
    !one.readOnly && !one.closest(".q-select, .cm-editor"));
  const name = (one, place) => place + " " + (one.getAttribute("aria-label") ?? one.name);
  addEventListener("beforeunload", () => {
    if (document.querySelector("#popup")?.getAttribute("aria-hidden") !== "false") return;  // not cut off
    const typed = fields().map((one, place) => [name(one, place), one.value]).filter(([, text]) => text);
    if (typed.length) sessionStorage.setItem(KEY, JSON.stringify([here, typed]));
  });
  addEventListener("load", () => {
    const [path, typed] = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    sessionStorage.removeItem(KEY);
    if (path !== here) return;
    const note = document.createElement("div"), button = document.createElement("button");
    note.setAttribute("role", "alert");
    note.style = "position:fixed;bottom:1rem;left:1rem;right:1rem;z-index:9998;padding:.8rem;" +
      "background:#fff;color:#1a1a1a;border:2px solid #1e40af";
    note.textContent = TOLD + " ";
    button.textContent = BACK;
    button.style = "padding:.2rem 1rem;background:#1e40af;color:#fff;border-radius:4px";
    button.onclick = () => {
      const texts = new Map(typed);
      fields().forEach((one, place) => {
        const text = texts.get(name(one, place));
        if (text === undefined || text === one.value) return;
        Object.getOwnPropertyDescriptor(Object.getPrototypeOf(one), "value").set.call(one, text);
        for (const kind of ["input", "change"]) one.dispatchEvent(new Event(kind, {bubbles: true}));
      });
      note.remove();
    };
    note.append(button);
    document.body.append(note);
  });
})()</script>"""


def given_back(t: Callable[[str, str], str]) -> str:
    """Return the script, as HTML for a page's head."""
    told = t(
        "连接中断过，本页已重新载入。您刚才填写的内容还在：",
        "The connection was lost and this page loaded anew. What you had typed is still there:",
    )
    said = {"TOLD": told, "BACK": t("放回去", "Put it back")}
    script = _SCRIPT
    for word, text in said.items():
        script = script.replace(word, json.dumps(text, ensure_ascii=False))
    return script
