"""Questions put to owners by telephone: a visitor at the gate, goods leaving (DOMAIN sections 6 and 9)."""
