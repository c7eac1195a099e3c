"""Configuration written by the set-up: comments stay, what does not hold is not written."""

from __future__ import annotations

import shutil
from difflib import unified_diff
from pathlib import Path

import pytest

from hotline import settings
from hotline.call.errors import InvalidInput
from hotline.home import Home
from hotline.operators import config as operators
from hotline.settings import Account
from hotline.web.console.setup import edits
from hotline.web.console.setup.edits import EstateEntry, SetUpRefused
from hotline.web.console.setup.numbers import dialled


@pytest.fixture
def home(tmp_path: Path) -> Home:
    shutil.copytree("config", tmp_path / "config")
    return Home(tmp_path)


def removed(home: Home, name: str) -> list[str]:
    before = Path("config", name).read_text(encoding="utf-8").splitlines()
    after = (home.config / name).read_text(encoding="utf-8").splitlines()
    return [line for line in unified_diff(before, after, n=0) if line.startswith("-") and line[:3] != "---"]


def test_estates_are_named_and_added_and_every_comment_stays(home: Home) -> None:
    edits.set_estates(home, [EstateEntry("default", "东湖: 物业 #1", ["05391234567"])])
    edits.set_estates(home, [EstateEntry("north", "北区", []), EstateEntry("default", "东湖", ["8000"])])
    found = settings.load(home.config / "hotline.yaml").estates
    assert [(one.id, one.name, one.numbers) for one in found] == [
        ("default", "东湖", ("8000",)), ("north", "北区", ()),
    ]  # fmt: skip
    assert removed(home, "hotline.yaml") == ["-    name: 示范物业"]


def test_a_trunks_password_lies_in_a_file_for_its_owner_and_stays_when_none_is_typed(home: Home) -> None:
    for domain, password in (("sip.example.com", "s3cret"), ("sip2.example.com", "")):
        account = Account(name="trunk", user="0539", domain=domain, register_every=0)
        edits.set_trunk(home, account, password)
    (found,) = settings.load(home.config / "hotline.yaml").sip.accounts
    assert (found.domain, found.password, found.password_file) == (
        "sip2.example.com",
        "",
        Path("trunk.secret"),
    )
    secret = home.config / "trunk.secret"
    assert (secret.read_text(), secret.stat().st_mode & 0o777) == ("s3cret\n", 0o600)
    assert removed(home, "hotline.yaml") == ["-  accounts: []"]


def test_an_operator_is_added_once(home: Home) -> None:
    assert edits.add_operator(home, "01", "王芳")
    assert not edits.add_operator(home, "01", "李娜")
    (found,) = operators.load(home.config).operators
    assert (found.number, found.name, found.home_line) == ("01", "王芳", "headset:01")
    assert removed(home, "operators.yaml") == ["-operators: []"]


def test_what_does_not_hold_is_told_with_its_field_and_leaves_the_file_alone(home: Home) -> None:
    before = (home.config / "hotline.yaml").read_bytes()
    with pytest.raises(InvalidInput) as wrong:
        edits.set_estates(home, [EstateEntry("Nord!", "北区", [])])
    assert set(edits.problems_by_field(wrong.value, ["id", "name"])) == {"id"}
    assert (home.config / "hotline.yaml").read_bytes() == before
    (home.config / "hotline.yaml").write_text("estates: [", encoding="utf-8")
    with pytest.raises(InvalidInput):
        edits.set_estates(home, [EstateEntry("default", "东湖", [])])
    assert (home.config / "hotline.yaml").read_text(encoding="utf-8") == "estates: ["


def test_numbers_are_taken_as_people_separate_them() -> None:
    assert dialled(" 0539-1234567，+8653912、8000 8000;") == ("05391234567", "+8653912", "8000")
    with pytest.raises(SetUpRefused):
        dialled("0539 or so")
