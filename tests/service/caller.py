"""A caller in a process of its own: ``caller.py HOST:PORT OWN_PORT RUN_FOLDER CALLER TURNS_JSON``."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from hotline.app.demo_caller import Turn, place_call


def main() -> None:
    hotline, own_port, feed, caller, turns = sys.argv[1:]
    script = {step: Turn(**turn) for step, turn in json.loads(turns).items()}
    asyncio.run(place_call(hotline, int(own_port), Path(feed), caller=caller, turns=script))


if __name__ == "__main__":
    main()
