"""Calls: looked for, listened to, read."""
