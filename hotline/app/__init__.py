"""Composition root: builds each process from its parts."""
