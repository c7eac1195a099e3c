"""Bills of rooms, late fees, payments and promises to pay (DOMAIN sections 3 and 8)."""
