"""Quality review in the console: what was drawn, the form beside the recording, scores and trends."""
