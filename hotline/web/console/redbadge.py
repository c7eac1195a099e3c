"""A small sign in the header of every page: how much is red, with a sound for who wants one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nicegui import context, ui

from hotline.accounts.rights import Scope
from hotline.web.console import livefigures
from hotline.web.console.livefigures import Red

if TYPE_CHECKING:
    from hotline.web.console.shell import View

_SOUND = """
window.hotlineRed = (rose) => {
  const wanted = localStorage.getItem("hotline-red-sound") === "yes";
  if (!rose || !wanted) return;
  const context = new AudioContext();
  const tone = new OscillatorNode(context, { frequency: 880 });
  tone.connect(new GainNode(context, { gain: 0.2 })).connect(context.destination);
  tone.start();
  tone.stop(context.currentTime + 0.4);
  tone.onended = () => context.close();
};
"""
_SWITCH = """
const on = localStorage.getItem("hotline-red-sound") !== "yes";
localStorage.setItem("hotline-red-sound", on ? "yes" : "no");
if (on) hotlineRed(true);
"""


def badge(view: View) -> None:
    """Build it for who sees live things: one question a second for all open pages of the process."""
    if not view.may(Scope.LIVE):
        return
    t, hub, figures = view.t, view.parts.hub, view.parts.figures
    ui.add_head_html(f"<script>{_SOUND}</script>")
    with ui.link(target="/live").classes("no-underline") as link:
        count = ui.label("").classes("text-white q-px-sm rounded-borders bg-red-10").props("role=status")
    sound = ui.button(icon="notifications", on_click=lambda: ui.run_javascript(_SWITCH)).props(
        f'flat dense color=white aria-label="{t("红色事项提示音：开/关", "Sound for red matters: on/off")}"'
    )
    client, before = context.client, figures.red.get(view.estate.id, Red()).count
    ends: list[Callable[[], None]] = []

    def show() -> None:
        nonlocal before
        now = figures.red.get(view.estate.id, Red()).count
        link.set_visibility(now > 0)
        sound.set_visibility(now > 0)
        count.set_text(t(f"红色 {now}", f"Red {now}"))
        if now > before:
            client.run_javascript("hotlineRed(true)")
        before = now

    def begin() -> None:
        end()
        ends.append(hub.subscribe((livefigures.red(view.estate.id),), show))
        show()

    def end() -> None:
        while ends:
            ends.pop()()

    show()
    client.on_connect(begin)
    client.on_disconnect(end)
    client.on_delete(end)
