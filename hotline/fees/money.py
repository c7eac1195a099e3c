"""Yuan as people write them, fen as they are stored: SQLite has no decimals. Pure."""

from __future__ import annotations

from decimal import Decimal

FEN = Decimal("0.01")


def fen(yuan: Decimal) -> int:
    """Return an amount in fen; raises :class:`ValueError` for parts of a fen: rounding is not ours to do."""
    whole = yuan * 100
    if not whole.is_finite() or whole != whole.to_integral_value():
        raise ValueError(f"{yuan} yuan is not an amount of whole fen")
    return int(whole)


def yuan(fen: int) -> Decimal:
    """Return an amount in yuan with two places."""
    return Decimal(fen).scaleb(-2).quantize(FEN)
