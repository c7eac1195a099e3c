"""The directory in the console: who can be asked for, residents, and all that is known of a room."""
