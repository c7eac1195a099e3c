"""Tickets: listed, on a board, one with everything, filed."""
