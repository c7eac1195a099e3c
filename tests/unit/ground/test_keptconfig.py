"""Configuration in service: a change is taken up, a mistake never is, and a successor inherits."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict
from structlog.testing import capture_logs

from hotline import yamlsource
from hotline.call.errors import InvalidInput
from hotline.home import shipped
from hotline.keptconfig import KeptConfig, file_of


class Rules(BaseModel):
    model_config = ConfigDict(extra="forbid")
    attempts: int = 3


class Loads:
    """Reads ``rules.yaml`` and counts how often."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, folder: Path) -> Rules:
        self.count += 1
        return yamlsource.validate(Rules, yamlsource.read(file_of(folder, "rules.yaml")))


@pytest.fixture
def config(tmp_path):
    (tmp_path / "config").mkdir()
    put(tmp_path / "config", "attempts: 5\n")
    return tmp_path / "config"


def put(config, text):
    (config / "rules.yaml").write_text(text)


def kept(config, **more):
    return KeptConfig(config, "rules.yaml", Loads(), **more)


def test_the_file_is_read_once_and_again_only_when_it_changes(config):
    loads = Loads()
    rules = KeptConfig(config, "rules.yaml", loads)
    first = rules.in_service()
    assert (first.attempts, rules.in_service() is first, loads.count) == (5, True, 1)
    put(config, "attempts: 12\n")
    assert (rules.last.attempts, rules.in_service().attempts, loads.count) == (5, 12, 2)


def test_a_file_replaced_by_one_of_the_same_time_and_size_is_noticed(config):
    rules = kept(config)
    before = (config / "rules.yaml").stat()
    (config / "new").write_text("attempts: 6\n")
    os.utime(config / "new", ns=(before.st_atime_ns, before.st_mtime_ns))
    (config / "new").replace(config / "rules.yaml")
    assert rules.in_service().attempts == 6


def test_a_bad_file_at_the_start_is_refused_with_its_line(config):
    put(config, "\nattempts: many\n")
    with pytest.raises(InvalidInput) as raised:
        kept(config)
    assert [problem.line for problem in raised.value.problems] == [2]


def test_a_bad_change_leaves_the_old_one_in_service_until_it_is_mended(config):
    loads = Loads()
    rules = KeptConfig(config, "rules.yaml", loads)
    with capture_logs() as logs:
        put(config, "attempts: many-secret\n")
        assert [rules.in_service().attempts for _ in range(3)] == [5, 5, 5]
    assert loads.count == 2
    assert [problem.line for problem in rules.problems] == [1]
    assert [entry["log_level"] for entry in logs] == ["error"]
    assert "many-secret" not in str(logs)
    put(config, "attempts: 7\n")
    assert (rules.in_service().attempts, rules.problems) == (7, ())


def test_a_successor_goes_on_with_what_was_in_service_and_takes_up_the_mended_file(config, tmp_path):
    left = tmp_path / "left"
    predecessor = kept(config, last_good=left)
    put(config, "attempts: 8\n")
    assert predecessor.in_service().attempts == 8
    put(config, "attempts: many\n")
    assert predecessor.in_service().attempts == 8
    successor = kept(config, last_good=left)
    assert successor.in_service().attempts == 8
    assert [problem.file for problem in successor.problems] == [str(config / "rules.yaml")]
    put(config, "attempts: 9\n")
    assert (successor.in_service().attempts, successor.problems) == (9, ())


@pytest.mark.parametrize("copy", [None, "attempts: neither\n"], ids=["no copy", "a copy that does not hold"])
def test_without_a_good_copy_the_problems_told_are_those_of_the_file(config, tmp_path, copy):
    left = tmp_path / "left"
    left.mkdir()
    if copy is not None:
        (left / "rules.yaml").write_text(copy)
    put(config, "attempts: many\n")
    with pytest.raises(InvalidInput) as raised:
        kept(config, last_good=left)
    assert [problem.file for problem in raised.value.problems] == [str(config / "rules.yaml")]


def test_a_copy_that_cannot_be_written_is_a_warning_only(config, tmp_path):
    (tmp_path / "left").write_text("a file stands where the folder should be")
    with capture_logs() as logs:
        rules = kept(config, last_good=tmp_path / "left")
        put(config, "attempts: 12\n")
        assert rules.in_service().attempts == 12
    assert [entry["log_level"] for entry in logs] == ["warning", "warning", "info"]


def test_copies_are_for_their_owner_only_and_nothing_unfinished_is_left(config, tmp_path):
    left = tmp_path / "deep" / "left"
    kept(config, last_good=left)
    assert [path.name for path in left.iterdir()] == ["rules.yaml"]
    assert (left / "rules.yaml").stat().st_mode & 0o077 == 0
    assert (left / "rules.yaml").read_text() == "attempts: 5\n"


def test_a_file_that_changes_while_it_is_read_is_not_copied_but_looked_at_again(config, tmp_path):
    loads = Loads()

    def meddled(folder: Path) -> Rules:
        found = loads(folder)
        if loads.count == 1:
            put(config, "attempts: many\n")
        return found

    rules = KeptConfig(config, "rules.yaml", meddled, last_good=tmp_path / "left")
    assert not (tmp_path / "left").exists()
    assert rules.in_service().attempts == 5
    assert [problem.line for problem in rules.problems] == [1]


def test_a_folder_without_the_file_has_the_shipped_one_until_it_gets_its_own(tmp_path):
    def load(folder: Path) -> str:
        return file_of(folder, "sla.yaml").read_text(encoding="utf-8")

    file = KeptConfig(tmp_path, "sla.yaml", load)
    default = (shipped("config") / "sla.yaml").read_text(encoding="utf-8")
    assert file.in_service() == default
    (tmp_path / "sla.yaml").write_text("mine")
    assert file.in_service() == "mine"
    (tmp_path / "sla.yaml").unlink()
    assert file.in_service() == default


def test_several_files_are_one_whole_and_copied_together(tmp_path):
    config, left = tmp_path / "config", tmp_path / "left"
    config.mkdir()
    for name in ("a.yaml", "b.yaml"):
        (config / name).write_text(name)

    def load(folder: Path) -> str:
        return "".join(file_of(folder, name).read_text() for name in ("a.yaml", "b.yaml"))

    both = KeptConfig(
        config, ("a.yaml", "b.yaml"), load, last_good=left, facts=lambda text: {"size": len(text)}
    )
    with capture_logs() as logs:
        (config / "b.yaml").write_text("changed")
        assert both.in_service() == "a.yamlchanged"
    assert logs[0]["size"] == 13
    assert sorted(path.read_text() for path in left.iterdir()) == ["a.yaml", "changed"]


def test_whoever_asks_while_a_change_is_read_waits_for_it(config):
    reading, go_on = threading.Event(), threading.Event()

    def load(folder):
        found = Loads()(folder)
        if found.attempts == 7:
            reading.set()
            assert go_on.wait(10)
        return found

    rules = KeptConfig(config, "rules.yaml", load)
    put(config, "attempts: 7\n")
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(rules.in_service)
        assert reading.wait(10)
        second = threads.submit(rules.in_service)
        assert not wait([second], timeout=0.1).done
        go_on.set()
        assert (first.result(10).attempts, second.result(10).attempts) == (7, 7)
