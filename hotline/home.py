"""The data folder (``--home``): where everything that is not code lives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below one data folder."""

    root: Path

    @property
    def config(self) -> Path:
        """``hotline.yaml``, ``menus/``, ``hours.yaml``, ``roster.yaml``, ``holidays.yaml``."""
        return self.root / "config"

    @property
    def prompts(self) -> Path:
        """The administrator's own recordings, ``<language>/<id>.wav``; they win over the shipped ones."""
        return self.root / "prompts"

    @property
    def recordings(self) -> Path:
        """Recordings by day."""
        return self.root / "recordings"

    @property
    def models(self) -> Path:
        """Speech models."""
        return self.root / "models"

    @property
    def keys(self) -> Path:
        """Keys that open what the database keeps sealed; for the owner only."""
        return self.root / "keys"

    @property
    def run(self) -> Path:
        """Sockets and process ids."""
        return self.root / "run"

    @property
    def tls(self) -> Path:
        """The console's own certificate and the authority that signed it."""
        return self.root / "tls"

    @property
    def in_service(self) -> Path:
        """Copies of the configuration in service, for a process that replaces a dead one."""
        return self.run / "in-service"

    @property
    def database_url(self) -> str:
        """Default database: SQLite in the data folder."""
        return f"sqlite:///{self.root / 'hotline.db'}"

    def recording_path(self, leg: str, at: datetime) -> Path:
        """``recordings/YYYY/MM/DD/<leg>.wav`` (UTC date)."""
        return self.recordings / f"{at:%Y/%m/%d}" / f"{leg}.wav"


def shipped(name: str) -> Path:
    """Return the folder ``prompts``, ``config`` or ``models`` that comes with the program."""
    package = Path(__file__).parent
    inside = package / "_shipped" / name
    return inside if inside.is_dir() else package.parent / name


def shown(path: Path) -> str:
    """Return ``path`` as people would type it from where they stand: relative when it lies below."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
