"""Calls the machine places: rows, attempts, policies, the dispatcher. What every kind of them shares."""
