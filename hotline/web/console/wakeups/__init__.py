"""The wake-up register of the console, its bookings, and the stays they belong to."""
