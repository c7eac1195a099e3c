"""Devices by name and number, remembered."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.desktop.card import Device
from hotline.desktop.choice import Choice, choose, config_file, remember, remembered
from hotline.desktop.errors import HeadsetProblem


def device(number: int, name: str, inputs: int = 1, outputs: int = 1) -> Device:
    return Device(
        number=number, name=name, inputs=inputs, outputs=outputs, rate=48_000,
        default_input=False, default_output=False,
    )  # fmt: skip


DEVICES = [device(0, "HDA Intel", inputs=0), device(1, "USB Headset"), device(2, "USB Camera", outputs=0)]


@pytest.mark.parametrize("wanted", ["USB Headset", "1", "headset"])
def test_a_device_is_found_by_name_number_or_part(wanted: str) -> None:
    assert choose(Choice(), "input", wanted, DEVICES) == Choice(input="USB Headset")


def test_nothing_means_the_default() -> None:
    assert choose(Choice(output="USB Headset"), "output", "", DEVICES) == Choice()


@pytest.mark.parametrize(
    ("end", "wanted", "key"),
    [
        ("input", "usb", "ambiguous-device"),
        ("output", "usb camera", "unknown-device"),
        ("input", "0", "unknown-device"),
        ("ring", "gramophone", "unknown-device"),
    ],
)
def test_no_device_or_several_are_refused_with_those_there_are(end: str, wanted: str, key: str) -> None:
    with pytest.raises(HeadsetProblem) as refused:
        choose(Choice(), end, wanted, DEVICES)
    assert refused.value.key == key
    assert refused.value.exit_code == 2
    assert "USB" in refused.value.sentence


def test_the_choice_is_kept_in_the_user_s_configuration_folder(tmp_path: Path) -> None:
    file = config_file({"XDG_CONFIG_HOME": str(tmp_path)})
    assert file.is_relative_to(tmp_path)
    assert remembered(file) == Choice()
    remember(Choice(input="耳机"), file)
    assert remembered(file) == Choice(input="耳机")


def test_a_relative_configuration_folder_is_not_used() -> None:
    assert config_file({"XDG_CONFIG_HOME": "x"}) == Path.home() / ".config/hotline/headset.json"


@pytest.mark.parametrize("content", ["{", "[]", '"x"'])
def test_a_spoilt_file_means_choosing_anew(tmp_path: Path, content: str) -> None:
    file = tmp_path / "headset.json"
    file.write_text(content)
    assert remembered(file) == Choice()


def test_a_folder_that_cannot_be_written_hinders_nobody(tmp_path: Path) -> None:
    (tmp_path / "hotline").write_text("a file")
    remember(Choice(input="x"), tmp_path / "hotline" / "headset.json")
