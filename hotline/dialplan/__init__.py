"""Outside lines: what may be dialled from where, in which order, and what it costs (DOMAIN section 6)."""
