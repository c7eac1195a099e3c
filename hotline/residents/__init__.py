"""Rooms, residents and their numbers, lift telephones: the directory of each estate."""
