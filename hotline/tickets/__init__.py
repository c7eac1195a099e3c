"""Tickets: what callers want, where, and by when."""
