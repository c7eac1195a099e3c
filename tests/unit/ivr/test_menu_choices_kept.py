"""What callers choose in menus is kept on the record: reports count it, whatever the menu says later."""

from __future__ import annotations

from session_kit import Around, rehearse


def test_a_key_is_kept_with_the_menu_it_was_pressed_in_and_where_it_led() -> None:
    async def caller(around: Around) -> None:
        await around.hear("main_menu")
        around.call.far_presses("5")
        await around.clock.sleep(1)
        around.call.far_hangs_up()

    around = rehearse(Around, caller)
    assert [detail for kind, detail in around.log.events if kind == "CHOICE"] == [
        {"menu": "main", "key": "5", "step": "progress"}
    ]
