"""Calls, legs, events, recordings, transcripts and their retention."""
