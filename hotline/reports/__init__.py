"""What managers read (DOMAIN section 10): figures, what they mean, and the rows behind each."""
