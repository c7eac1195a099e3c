"""The steps of the menu language, one file a kind."""
