"""Hotline: a 24-hour telephone hotline engine for property companies and hotels."""

__version__ = "0.1.0"
