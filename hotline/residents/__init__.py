"""Estates, buildings, rooms, people and their numbers, lift telephones."""
