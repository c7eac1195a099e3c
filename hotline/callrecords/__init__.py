"""Call records: calls, legs, events, recordings, transcripts, drafts of intakes, retention."""
