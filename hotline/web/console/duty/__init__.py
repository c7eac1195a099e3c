"""Duty in the console: the week, who is on now, changes of single days; shifts and their handover."""
