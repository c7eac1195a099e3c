"""Wake-ups 叫醒: booked, rung, confirmed by key, knocked for; never lost, never twice (DOMAIN section 7)."""
