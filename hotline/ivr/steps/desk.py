"""What is said around operators: while a caller waits, and around the served call."""

from __future__ import annotations

from collections.abc import Iterator

from hotline.call.ports import Phrase
from hotline.ivr.steps.base import Items, Rounds, Section


class Desk(Section):
    """Words for every queue of a menu (``desk:`` at its top); a ``queue`` step may have its own of each.

    Those to operators and to people they consult are said in the estate's language, the others in
    the caller's. Facts there: ``operator.number``, ``desk.matter`` (``as: matter``), ``desk.calls``
    (from the second call on), ``desk.name``, and all slots of the conversation.
    """

    announce: Items = ()
    """To a waiting caller, when it has become better: ``queue.first``, ``queue.ahead``, ``queue.minutes``."""
    comfort: Rounds = ()
    """Instead, when there is nothing better to say."""
    offer_message: Items = ()
    """Which key leaves a message; said where the step has ``message``."""
    offer_call_back: Items = ()
    """Which key books a call-back; said where the step has ``call_back``."""
    own_number: Items = ()
    """Yes or no: call back on ``call_back``, the number that is known?"""
    ask_number: Items = ()
    """Asks for another one."""
    wrong_number: Rounds = ()
    check_number: Items = ()
    """Yes or no: is ``call_back`` right?"""
    booked: Items = ()
    """They are called back in their place."""
    not_booked: Items = ()
    """That is not possible; they go on waiting."""

    whisper: Items = ()
    question: Items = ()
    serving: Items = ()
    caller_gone: Items = ()
    hold_return: Items = ()
    interrupted: Items = ()
    again: Items = ()
    consult: Items = ()
    consult_question: Items = ()
    consult_refused: Items = ()
    consult_silent: Items = ()
    transferring: Items = ()
    transfer_back: Items = ()
    parked: Items = ()
    call_back: Items = ()
    operator_waits: Items = ()

    def phrases(self) -> Iterator[tuple[Phrase, Items]]:
        """Yield what is said for each :class:`~hotline.call.ports.Phrase` that has words."""
        for phrase in Phrase:
            items: Items = getattr(self, phrase.value)
            if items:
                yield phrase, items

    def with_own(self, own: Desk) -> Desk:
        """Return these words, with those that ``own`` sets in their place."""
        return self.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})
