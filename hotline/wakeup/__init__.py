"""Wake-up calls: the register, the schedule, the announcements, the escalation (DOMAIN section 7)."""
