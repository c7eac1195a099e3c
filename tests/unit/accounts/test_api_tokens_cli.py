"""``hotline api-tokens``: shown once, listed without the secret, revoked."""

from __future__ import annotations

import json
import shutil

import pytest
from typer.testing import CliRunner

from hotline.accounts.rights import Scope
from hotline.cli.main import app


@pytest.fixture
def home(tmp_path, monkeypatch, migrated_sqlite):
    shutil.copy(migrated_sqlite, tmp_path / "hotline.db")
    return tmp_path


def run(*arguments, home, code=0):
    result = CliRunner().invoke(app, ["api-tokens", *map(str, arguments), "--home", str(home)])
    assert result.exit_code == code, result.output
    return result


def test_a_token_is_shown_once_and_never_again(home):
    made = json.loads(
        run("create", "pms", "--scope", "wakeups:write", "--scope", "fees:read", "--json", home=home).stdout
    )
    assert made["scopes"] == ["fees:read", "wakeups:write"]
    secret = made["token"].split("_", 2)[2]
    assert len(secret) >= 43  # 256 bits
    listed = run("list", "--json", home=home).stdout
    assert secret not in listed
    assert [row["name"] for row in json.loads(listed)] == ["pms"]
    assert secret.encode() not in (home / "hotline.db").read_bytes()


def test_a_revoked_token_is_listed_only_when_asked_for_and_its_name_is_free_again(home):
    run("create", "screen", "--scope", "wakeups:read", "--days", "30", home=home)
    assert "There is a token" in run("create", "screen", "--scope", "fees:read", home=home, code=1).stderr
    assert "lets nobody in any more" in run("revoke", "screen", home=home).stdout
    assert "no token" in run("revoke", "screen", home=home, code=1).stderr
    assert json.loads(run("list", "--json", home=home).stdout) == []
    assert json.loads(run("list", "--all", "--json", home=home).stdout)[0]["revoked_at"]
    run("create", "screen", "--scope", "wakeups:read", home=home)
    events = [line["event"] for line in json.loads(run("audit", "--json", home=home).stdout)]
    assert events == ["created", "revoked", "created"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("create", "x", "--scope", "everything"), 2),
        (("create", "x"), 2),
        (("create", " ", "--scope", "fees:read"), 1),
        (("create", "x", "--scope", "fees:read", "--estate", "nowhere"), 1),
    ],
)
def test_a_token_without_name_scope_or_estate_is_refused(home, arguments, code):
    run(*arguments, home=home, code=code)


def test_every_scope_is_explained():
    told = json.loads(CliRunner().invoke(app, ["api-tokens", "scopes", "--json"]).stdout)
    assert set(told) == set(Scope)
    assert all(told.values())
