"""``/api/v1``: what other programs ask and do. Every answer needs a token; errors are problem+json."""
