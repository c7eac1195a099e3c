"""``hotline``: the program people type.

A group's module is imported when it is asked for: `hotline calls list` need not wait for the
libraries of the menu language.
"""

from __future__ import annotations

import importlib
from typing import Any

import typer
from typer.core import TyperGroup

from hotline import __version__
from hotline.app import logs

GROUPS = (
    "menu",
    "prompts",
    "models",
    "speech",
    "calls",
    "tickets",
    "residents",
    "rooms",
    "stays",
    "duty",
    "shift",
    "staff",
    "outbound",
    "campaigns",
    "reminders",
    "notices",
    "confirm",
    "messages",
    "operators",
    "enquiries",
    "fees",
    "wakeups",
    "outside",
    "dialplan",
    "users",
    "api-tokens",
    "notifications",
    "audit",
    "privacy",
    "report",
    "quality",
)
COMMANDS = {
    "run": "run",
    "check": "run",
    "status": "run",
    "demo": "demo",
    "selftest": "selftest",
    "headset": "headset",
    "backup": "upkeep",
    "restore": "upkeep",
    "upgrade": "upkeep",
}
"""Single commands and the module of this package each is a function of."""


class _OnDemand(TyperGroup):
    """Finds commands by the name of their module."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*COMMANDS, *GROUPS, *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in GROUPS:
            found = typer.main.get_command(
                importlib.import_module(f"hotline.cli.{cmd_name.replace('-', '_')}").app
            )
        elif cmd_name in COMMANDS:
            module = importlib.import_module(f"hotline.cli.{COMMANDS[cmd_name]}")
            single = typer.Typer(add_completion=False)
            single.command(cmd_name)(getattr(module, cmd_name))
            found = typer.main.get_command(single)
        else:
            return super().get_command(ctx, cmd_name)
        found.name = cmd_name
        return found


app = typer.Typer(
    cls=_OnDemand,
    help="A 24-hour telephone hotline for property companies and hotels.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def _hotline() -> None:
    """A 24-hour telephone hotline for property companies and hotels."""
    logs.configure("cli")  # to standard error: the output belongs to the answer


@app.command()
def version() -> None:
    """Print the version."""
    print(__version__)


def main() -> None:
    """Entry point."""
    app()
