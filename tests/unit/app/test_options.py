"""The command line's overrides, and what a narrow --rtp means."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.app.options import (
    RunOptions,
    failed_take_up,
    keep_in_service,
    load_settings,
    settings_in_service,
    take_back,
    take_up,
)
from hotline.app.status import dial_addresses
from hotline.call.errors import InvalidInput
from hotline.home import Home


def options(home: Path, **given: str) -> RunOptions:
    return RunOptions(home=home, **given)  # type: ignore[arg-type]


def test_options_survive_the_way_to_a_child() -> None:
    given = RunOptions(home=Path("/h"), sip="1.2.3.4:5", rtp="1000-2000", http="", fetch_models=False)
    assert RunOptions.parse(given.arguments()) == given


def test_overrides_win_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "hotline.yaml").write_text("sip: {listen: '0.0.0.0:5060'}", encoding="utf-8")
    _, settings = load_settings(options(tmp_path, sip="127.0.0.1:5070", http="127.0.0.1:9"))
    assert (settings.sip.listen, settings.web.listen) == ("127.0.0.1:5070", "127.0.0.1:9")


@pytest.mark.parametrize("given", [{"sip": "5060"}, {"sip": "h:99999"}, {"http": ":80"}, {"rtp": "a-b"}])
def test_an_option_that_cannot_be_read_is_named(tmp_path: Path, given: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match=f"--{next(iter(given))}"):
        load_settings(options(tmp_path, **given))


def test_a_narrow_port_range_means_fewer_channels(tmp_path: Path) -> None:
    _, settings = load_settings(options(tmp_path, rtp="20000-20039"))
    assert settings.sip.channels.total == 20
    with pytest.raises(InvalidInput, match="at least 7 are needed"):
        load_settings(options(tmp_path, rtp="20000-20007"))


def test_every_option_that_is_wrong_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        load_settings(options(tmp_path, sip="foo", rtp="5-1", http="abc"))
    assert [problem.file for problem in caught.value.problems] == ["--sip", "--rtp", "--http"]


def test_files_named_in_the_settings_lie_beside_them(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "hotline.yaml").write_text(
        "sip:\n  accounts:\n    - {name: t, user: '1', domain: d, password_file: t.secret}\n",
        encoding="utf-8",
    )
    _, settings = load_settings(options(tmp_path))
    assert settings.sip.accounts[0].password_file == tmp_path / "config" / "t.secret"


def test_a_replacement_uses_what_the_hotline_was_started_with(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    path = tmp_path / "config" / "hotline.yaml"
    path.write_text("drain_seconds: 5\n", encoding="utf-8")
    keep_in_service(Home(tmp_path))
    path.write_text("nonsense: [", encoding="utf-8")
    assert settings_in_service(options(tmp_path))[1].drain_seconds == 5
    with pytest.raises(InvalidInput):
        load_settings(options(tmp_path))


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        ("127.0.0.1:5060", "sip:hotline@127.0.0.1"),
        ("10.0.0.7:5070", "sip:hotline@10.0.0.7:5070"),
        ("[::1]:5070", "sip:hotline@[::1]:5070"),
    ],
)
def test_addresses_are_printed_as_a_softphone_takes_them(bound: str, expected: str) -> None:
    assert dial_addresses([bound]) == [expected]


def test_settings_that_were_taken_up_go_back_once_and_say_why_until_they_are_edited(tmp_path: Path) -> None:
    home, on_disk = Home(tmp_path), tmp_path / "config" / "hotline.yaml"
    home.config.mkdir()
    on_disk.write_text("drain_seconds: 11", encoding="utf-8")
    keep_in_service(home)
    assert not take_back(options(tmp_path), "nothing was taken up")
    on_disk.write_text("drain_seconds: 22", encoding="utf-8")
    take_up(options(tmp_path))
    assert settings_in_service(options(tmp_path))[1].drain_seconds == 22
    assert take_back(options(tmp_path), "the port is taken")
    assert settings_in_service(options(tmp_path))[1].drain_seconds == 11
    assert failed_take_up(home) == "the port is taken"
    assert not take_back(options(tmp_path), "twice")
    on_disk.write_text("drain_seconds: 33", encoding="utf-8")
    assert failed_take_up(home) == ""


def test_a_narrow_port_range_of_the_file_is_told_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "hotline.yaml").write_text("sip: {rtp_ports: 20000-20039}", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"hotline\.yaml: sip\.rtp_ports: .* 20 calls .* is 150"):
        load_settings(options(tmp_path))
    assert load_settings(options(tmp_path, rtp="20000-20039"))[1].sip.channels.total == 20
