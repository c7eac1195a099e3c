"""Reports in the console: figures with charts, the rows behind each, and a month on paper."""
