from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from hotline.web.console import auditwords
from hotline.web.console.administration.config import concealed
from hotline.web.console.administration.system import problems_of
from hotline.web.console.audit import BadDay, wanted_of


@pytest.mark.parametrize(
    "text",
    [
        "password: geheim",
        "    - password: 'geheim # no comment'",
        "  auth_token:   geheim",
        "- {user: a, password: geheim, domain: x}",
        "database: postgresql+psycopg://hotline:geheim@localhost/hotline",
        "api_key: geheim",
    ],
)
def test_who_only_reads_a_file_sees_no_secret_of_it(text):
    shown = concealed(f"sip:\n{text}\nweb: {{}}\n")
    assert "geheim" not in shown and "•••" in shown
    assert shown.startswith("sip:\n") and shown.endswith("web: {}\n")


def test_where_a_secret_lies_and_keys_of_telephones_are_none():
    text = 'password_file: trunk.secret\nrefusal_key: "9"\nkeys: {1: repairs}\n'
    assert concealed(text) == text


def test_problems_of_files_are_told_by_section_and_line_and_figures_are_none():
    status = {
        "menus": {"main": "ok", "night": "menus/night.yaml:3: a\nmenus/night.yaml:9: b"},
        "duty": {"default": "ok"},
        "outbound": {"under_way": 3, "problem": "outbound.yaml:2: c"},
        "records": {"problem": ""},
        "recording": {"enabled": True, "free_mb": 7},
    }
    assert problems_of(status) == [
        ("menus night", "menus/night.yaml:3: a"),
        ("menus night", "menus/night.yaml:9: b"),
        ("outbound problem", "outbound.yaml:2: c"),
    ]


def test_a_day_of_the_audit_is_a_local_one_and_chinese_words_find_what_they_stand_for():
    zone = ZoneInfo("Asia/Shanghai")
    wanted = wanted_of(" user:wang ", "登录", "2026-11-21", zone)
    assert (wanted.by, wanted.word) == ("user:wang", "signed-in")
    assert wanted.since is not None and wanted.until is not None
    assert (wanted.until - wanted.since).days == 1 and wanted.since.hour == 0
    with pytest.raises(BadDay):
        wanted_of("", "", "2026-02-30", zone)


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("signed-in", "登录"),
        ("ticket.pass_on", "工单：转派"),
        ("outside.booking.cancel", "外线电话：取消挂号"),
        ("quality", "质检"),
        ("ticket.twisted", "工单：twisted"),
        ("something.else", "something.else"),
    ],
)
def test_words_of_the_audit_are_said_in_chinese_and_found_by_it(code, word):
    assert auditwords.in_chinese(code) == word
    assert auditwords.code_of(word) == code
