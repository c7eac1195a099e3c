"""Bills in the console: who owes what for how long, rooms, promises, lists that are imported."""
