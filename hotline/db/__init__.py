"""The database: engine, column types, faults as sentences, outbox, migrations."""
