"""Operators: presence, queues, the talk with hold, consultation and transfer (DOMAIN sections 1, 2 and 6)."""
