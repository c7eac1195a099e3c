"""Prompts: texts, their rendering with Kokoro, what is checked about them, and the book calls play from."""
