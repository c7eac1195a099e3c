"""``hotline``: the program people type."""

from __future__ import annotations

import typer

from hotline import __version__
from hotline.cli import calls, demo, duty, menu, models, prompts, residents, run, speech, tickets

app = typer.Typer(
    name="hotline",
    help="A 24-hour telephone hotline for property companies and hotels.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("run")(run.run)
app.command("check")(run.check)
app.command("status")(run.status)
app.command("demo")(demo.demo)
for name, group in (
    ("menu", menu.app),
    ("prompts", prompts.app),
    ("models", models.app),
    ("speech", speech.app),
    ("calls", calls.app),
    ("tickets", tickets.app),
    ("residents", residents.app),
    ("duty", duty.app),
):
    app.add_typer(group, name=name)


@app.command()
def version() -> None:
    """Print the version."""
    print(__version__)


def main() -> None:
    """Entry point."""
    app()
