"""``menu``: one key, or one spoken phrase, leads to a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from hotline.call.ports import QuestionKind
from hotline.ivr.ask import Keys, Said
from hotline.ivr.steps.attempts import Got, Inquiry, Missed, ask_until_understood, failed_of, timeout_of
from hotline.ivr.steps.base import InputStep, Language, Turn
from hotline.ivr.steps.refs import StepRef
from hotline.language import slots as understanding

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk


def _keys_are_text(value: Any) -> Any:
    return {str(key): target for key, target in value.items()} if isinstance(value, dict) else value


KEY_PATTERN = r"^[0-9A-D*#]{1,4}$"
Key = Annotated[str, StringConstraints(pattern=KEY_PATTERN)]
KeyTargets = Annotated[dict[Key, StepRef], BeforeValidator(_keys_are_text)]
"""Key → step. YAML reads ``1`` as a number, which is meant as the key; ``"00"`` needs quotes."""
KeyName = Annotated[Key, BeforeValidator(lambda key: str(key) if isinstance(key, int) else key)]


class Menu(InputStep):
    """A choice among keys; what may be said stands for a key."""

    step: Literal["menu"] = "menu"
    keys: KeyTargets = Field(min_length=1)
    unannounced: tuple[KeyName, ...] = ()
    """Keys no prompt names: for staff, who know them."""
    words: dict[Language, dict[str, KeyName]] = Field(default_factory=dict)
    """Per language: phrase → key."""

    def run(self, talk: Talk) -> Turn[str | None]:
        """Ask for a choice and go where it leads."""
        phrases = self.words.get(talk.language, {})
        question = None
        if phrases and talk.understands:
            question = talk.question(QuestionKind.CHOICE, timeout=timeout_of(talk, self), phrases=phrases)
        own = frozenset(self.keys)

        def understand(answer: Keys | Said) -> Turn[Got[str] | Missed]:
            yield from ()
            key: str | None
            if isinstance(answer, Keys):
                key = answer.typed
            elif answer.score < talk.facts.accept_score:
                key = None
            else:
                key = understanding.choice(answer.text, phrases, talk.language)
            return Missed() if key is None else Got(key)

        key = yield from ask_until_understood(
            talk, self, Inquiry(pad=talk.choices(own), own=own, question=question), understand
        )
        if key is None:
            return failed_of(talk, self)
        target = self.keys.get(key) or talk.menu.everywhere.get(key) or failed_of(talk, self)
        # reports count what callers chose: a menu that is changed later must not change what they did
        talk.log("CHOICE", menu=talk.step, key=key, step=str(target))
        return target
