"""Recognisers, grammars, voices and prompts."""
