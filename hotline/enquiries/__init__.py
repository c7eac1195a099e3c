"""Enquiries: departments and public numbers by name or code, and what time it is elsewhere (DOMAIN 6)."""
