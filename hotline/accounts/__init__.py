"""Who works here and may report by telephone: staff numbers, roles, PINs."""
