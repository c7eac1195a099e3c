"""What the slice refuses, in a sentence that says why."""

from __future__ import annotations

from hotline.call.errors import HotlineError


class ConfirmationRefused(HotlineError):
    """The question cannot be put, or is answered already. Nothing was changed."""

    code = "confirmation-refused"
