"""Keeping a hotline: backups made while calls go on, and what is made of them."""
