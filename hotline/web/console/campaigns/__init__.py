"""Campaigns in the console: surveys, fee reminders and notices, how far they have come, what came of them."""
