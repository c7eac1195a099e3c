"""Pure language: numerals, read-back, slots from text, number normalisation."""
