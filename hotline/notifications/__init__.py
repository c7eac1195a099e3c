"""Telling people outside of calls: webhooks, mail, group robots, and alarms (see docs/notifications.md)."""
