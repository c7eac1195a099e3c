from __future__ import annotations

from hotline.call.errors import HotlineError
from hotline.web.console.sharedreads import SharedReads


class Rows:
    """A database that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.now = {"today": ["808"]}

    async def read(self, ask):
        self.asked += 1
        return ask(None)


class Screen:
    """A page in a browser: connects and goes."""

    def __init__(self) -> None:
        self.shown: list[object] = []
        self.on_connect = self.on_disconnect = self.on_delete = None

    def __getattribute__(self, name):
        if name in ("on_connect", "on_disconnect", "on_delete"):
            return lambda then: self.__dict__.update({f"{name}_": then})
        return object.__getattribute__(self, name)


class Hub:
    def __init__(self) -> None:
        self.lookers: list[tuple[set[str], object]] = []

    def subscribe(self, topics, look):
        self.lookers.append((topics, look))
        return lambda: self.lookers.remove((topics, look))

    def touch(self, keys) -> None:
        for topics, look in list(self.lookers):
            if topics & {f"register:{key}" for key in keys}:
                look()


def read(rows: Rows):
    def one(_session, key):
        if key not in rows.now:
            raise HotlineError("No shift runs now.", code="shift-unknown")
        return list(rows.now[key])

    return one


async def test_open_pages_are_told_of_changes_by_one_question_for_all_of_them():
    rows, hub, screens = Rows(), Hub(), [Screen() for _ in range(50)]
    days = SharedReads(rows, "register", read(rows), tuple)
    for screen in screens:
        days.watch(screen, hub, "today", screen.shown.append)
        screen.on_connect_()
    hub.touch(await days.ask(frozenset({"today"})))
    hub.touch(await days.ask(frozenset({"today"})))
    assert rows.asked == 2
    assert [screen.shown for screen in screens] == [[["808"]]] * 50
    rows.now["today"] = ["808", "809"]
    screens[0].on_disconnect_()
    hub.touch(await days.ask(frozenset({"today"})))
    assert [len(screen.shown) for screen in screens] == [1] + [2] * 49
    screens[0].on_connect_()
    assert screens[0].shown[-1] == ["808", "809"]  # whoever was away sees at once how it is


async def test_a_refusal_is_shown_once_and_ends_no_other_page():
    rows, hub, screen = Rows(), Hub(), Screen()
    days = SharedReads(rows, "register", read(rows), tuple)
    days.watch(screen, hub, "now", screen.shown.append)
    screen.on_connect_()
    for _ in range(2):
        hub.touch(await days.ask(frozenset({"now", "today"})))
    assert [str(one) for one in screen.shown] == ["No shift runs now."]
    assert days.value("today") == ["808"]
