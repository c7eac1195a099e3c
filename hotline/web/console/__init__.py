"""The console: pages for operators, supervisors, managers and administrators (NiceGUI)."""
