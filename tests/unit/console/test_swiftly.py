from __future__ import annotations

from functools import partial

import pytest
from nicegui.helpers.functions import expects_arguments as asked_of_nicegui
from nicegui.observables import ObservableDict
from nicegui.props import Props

from hotline.web.console import lists, swiftly
from hotline.web.console.layout import navigation_html


class Own:
    def nothing(self) -> None: ...

    def one(self, event: object) -> None: ...


OBSERVED = ObservableDict()
FUNCTIONS = (
    OBSERVED._handle_change, OBSERVED.update, OBSERVED.on_change, Props.parse, Own().nothing, Own().one,
    lambda: None, lambda event: event, lambda event=1: event, partial(Own().one, 3), print,
)  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_is_worked_out_once_is_what_nicegui_works_out_each_time(function):
    for _ in range(2):
        assert swiftly.expects_arguments(function) == asked_of_nicegui(function)


def test_what_people_wrote_stays_text_in_choices_and_navigation():
    html = lists.option_html([("", "全部"), ('"><script>', "<b>客服</b>")], '"><script>')
    assert html == (
        '<option value="">全部</option>'
        '<option value="&quot;&gt;&lt;script&gt;" selected>&lt;b&gt;客服&lt;/b&gt;</option>'
    )
    shown = navigation_html((("/calls", "call", "通话"), ("/tickets", "assignment", "<i>")), "/calls")
    assert shown.count('aria-current="page"') == 1 and "&lt;i&gt;" in shown
