"""The menu language: model, loader, pure interpreter, session."""
