"""Engine, column types and Alembic migrations."""
