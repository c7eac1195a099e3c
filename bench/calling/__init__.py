"""What ``bench/calls.py`` is made of: the callers, the hotline under load, the capture and its reading."""
