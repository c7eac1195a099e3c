"""A spoken emergency keyword: is it one? And what was said with it, which must not be lost.

Keywords are recognised wrongly now and then (“厨房水管漏水了” was heard as 触电), and the duty list
is not rung for that. A caller who does not deny it is helped all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotline.call.ports import QuestionKind
from hotline.ivr import events
from hotline.ivr.ask import Answer, Ask, Denied, Interrupted, Said
from hotline.ivr.faults import Jump
from hotline.language import slots as understanding

if TYPE_CHECKING:
    from hotline.ivr.steps.base import Turn
    from hotline.ivr.talk import Talk


class Alarm:
    """What one conversation knows of emergency keywords said in it."""

    def __init__(self, talk: Talk) -> None:
        """Nothing was heard yet."""
        self.verifying = False
        """The caller is being asked whether the keyword was meant."""
        self.remarks: tuple[str, ...] = ()
        """For the history of the emergency's ticket, beside the menu's own note."""
        self._talk = talk
        self._said: Said | None = None
        """Words with a keyword that nobody has denied."""
        self._results: dict[int, events.Result] = {}

    def raised_by(self, said: Said) -> bool:
        """True when a keyword was understood that has not been asked about yet."""
        return not (self._talk.in_emergency or self.verifying) and self.meant_by(said)

    def meant_by(self, said: Said) -> bool:
        """True when a keyword was understood."""
        talk = self._talk
        if not said.text or said.score < talk.facts.accept_score:
            return False
        return understanding.emergency(said.text, talk.emergency_words(), talk.language)

    def notice(self, event: events.Event) -> None:
        """Keep a result that comes while the caller is asked: the question interrupted waits for it."""
        if self.verifying and isinstance(event, events.Result):
            self._results[event.request] = event

    def verified(self, said: Said, ask: Ask, into: str, until: int) -> Turn[Answer | Interrupted]:
        """Ask whether the keyword was meant, if the menu says so; leave for the emergency if it was.

        Returns the answer to the question interrupted: own words are own words, whatever was
        recognised in them; anything else has to be asked again.
        """
        talk = self._talk
        self._said = said
        confirm = talk.menu.emergency.confirm
        if confirm is None:
            raise talk.emergency_jump()
        if into:
            talk.keep_words(into, said)
        talk.ahead.clear()
        self._results.clear()
        self.verifying = True
        talk.log("MENU", step=confirm)
        try:
            leads_to = yield from talk.menu.steps[confirm].run(talk)
        except Jump:
            self.keep_words()
            raise
        finally:
            self.verifying = False
        if leads_to is not None:
            raise talk.emergency_jump()
        self._said = None
        if until in self._results:
            return Interrupted(self._results[until], said)
        own_words = ask.question is not None and ask.question.kind is QuestionKind.FREE
        return said if own_words else Denied()

    def keep_words(self) -> None:
        """What was said with the keyword is what the call is about; earlier words are named beside it."""
        talk = self._talk
        said, self._said = self._said, None
        if said is None:
            return
        earlier, told = talk.slots.span("words"), talk.slots.text("description")
        talk.keep_words("words", said)
        if told not in ("", said.text):
            talk.fill("description", f"{told}; {said.text}")
        if earlier is not None and earlier != talk.slots.span("words"):
            self.remarks += (f"said before: {earlier.start:.1f}-{earlier.end:.1f} s of the recording",)
