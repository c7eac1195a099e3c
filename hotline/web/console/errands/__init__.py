"""Errands in the console: messages for rooms and staff, questions to owners, outside calls."""
