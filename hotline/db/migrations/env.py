"""Run by Alembic inside :func:`hotline.db.migrate.upgrade`, on its connection and in its transaction."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=True,  # true of SQLite as well once the driver opens no transactions of its own
    render_as_batch=True,  # SQLite changes a table by making it anew
)
with context.begin_transaction():
    context.run_migrations()
