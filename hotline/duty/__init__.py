"""Office-hours windows, holidays and duty lists."""
