"""Personal data across all slices: where it is, what is given to whom it is about, and when it goes."""
