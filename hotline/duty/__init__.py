"""Duty: office-hours windows, holidays, and who is rung."""
