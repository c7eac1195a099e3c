"""Menus as administrators edit them: drafts, what was published, by whom and why, and the way back."""
