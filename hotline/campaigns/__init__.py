"""Lists of people to call and what they answered: the half-yearly satisfaction survey (DOMAIN section 10)."""
