"""What was measured on, and what the processes used: read from ``/proc``."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

import hotline

_TICK = os.sysconf("SC_CLK_TCK")


def machine() -> dict[str, object]:
    """Processor, cores, memory, kernel."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return {
        "cpu": model or platform.machine(),
        "cores": os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000,
        "kernel": platform.release(),
    }


def versions() -> dict[str, str]:
    """Versions of what takes part."""
    sipp = subprocess.run(["sipp", "-v"], capture_output=True, text=True, check=False).stdout.split()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parent,
    )  # fmt: skip
    return {
        "hotline": hotline.__version__,
        "commit": commit.stdout.strip(),
        "python": platform.python_version(),
        "baresip-python": version("baresip-python"),
        "numpy": np.__version__,
        "sipp": next((word.rstrip(".") for word in sipp if word.startswith("v3")), ""),
    }


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds used so far by the whole machine and by some processes."""

    busy: float
    """All cores: everything that was not idle."""
    processes: dict[str, float]
    """By the name given for it, with its threads."""

    def since(self, before: Usage) -> Usage:
        """What was used between two readings."""
        return Usage(
            self.busy - before.busy,
            {name: used - before.processes.get(name, 0.0) for name, used in self.processes.items()},
        )


def usage(processes: dict[str, list[int]]) -> Usage:
    """Read the counters; processes that are gone count nothing."""
    fields = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    idle = fields[3] + fields[4]
    return Usage(
        (sum(fields) - idle) / _TICK,
        {name: sum(map(cpu_seconds, pids)) for name, pids in processes.items()},
    )


def cpu_seconds(pid: int) -> float:
    """User and system time of a process with its threads."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) / _TICK


def memory_kb(pid: int) -> int:
    """Proportional set size of a process (shared pages counted in parts); 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def descendants(pid: int) -> dict[int, list[str]]:
    """Return the command lines of all processes below ``pid``, oldest first."""
    parents: dict[int, tuple[int, int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents[int(entry.name)] = (int(words[1]), int(words[19]))
    below = {pid}
    grew = True
    while grew:
        more = {child for child, (parent, _) in parents.items() if parent in below} - below
        below |= more
        grew = bool(more)
    ordered = sorted(below - {pid}, key=lambda child: (parents[child][1], child))
    return {child: _command(child) for child in ordered}


def _command(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []
