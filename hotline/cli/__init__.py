"""The ``hotline`` command: typer commands, one file a group."""
