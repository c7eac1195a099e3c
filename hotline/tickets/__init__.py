"""Tickets: what callers asked for, numbered, dated and kept with their history."""
