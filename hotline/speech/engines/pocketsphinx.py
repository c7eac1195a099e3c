"""PocketSphinx with a Mandarin 8 kHz model: small grammars, little computing, no free speech.

What measuring showed: ``bestpath=False``, since with it noise makes one utterance take half a
minute; the mean of the *whole* utterance taken off the features, since an estimate that follows
the speech costs 4 to 6 of 30 addresses. So an utterance is decoded when the speaker pauses, at
about a tenth of real time, while it is still being waited whether more comes.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pocketsphinx

from hotline.call.audio import RATE
from hotline.call.ports import QuestionKind
from hotline.speech import alarm, confidence
from hotline.speech.confidence import Stretch
from hotline.speech.denoise import denoised, dithered, signal_to_noise
from hotline.speech.grammar.build import alarms_in_free_speech, grammar_for, transcript
from hotline.speech.grammar.jsgf import jsgf
from hotline.speech.grammar.nodes import Node, words_of
from hotline.speech.grammar.urgent import SHORT, urgent
from hotline.speech.lexicon import Lexicon, read_dictionary
from hotline.speech.recogniser import NOTHING, Capabilities, Recognition, Task

CAPABILITIES = Capabilities(
    engine="pocketsphinx",
    languages=frozenset({"zh"}),
    rates=(RATE,),
    streaming=False,
    grammar=True,
    free=False,
)
ACOUSTIC = "tdt_sc_8k"
"""The semi-continuous model: three times faster than ``ptm_8k`` and as good with a grammar."""
DICTIONARY = "lm/mandarin_notone.dic"
GRAMMARS_KEPT = 24
"""Compiled grammars a process keeps; a large estate's takes a tenth of a second to compile."""

DECODING_SECONDS = 1.7
"""Longest search of an utterance; what was found until then is the answer. It begins 0.16 s into the
pause, so it ends within the 2 s after the answer's end even on a busy machine."""
_BATCH_SECONDS = 30.0
_SURE = 0.5
_BLOCK = 1600
"""Bytes (0.1 s) between looks at the time."""

_GARBAGE = "_garbage"
_GARBAGE_PHONE = "+GARBAGE+"
_SILENCES = "<s> SIL\n</s> SIL\n<sil> SIL\n"
"""Silence only: the model's coughs and laughs only slow the search down."""
_SOUNDS = "sounds"
_DOUBTFUL = 0.3
"""Highest score of an answer with an emergency in it that may not have been said."""
_SEARCH = {"beam": 1e-60, "wbeam": 1e-40, "pbeam": 1e-60, "maxhmmpf": 1500}
"""Widths of the search. 1,500 states a frame cost nothing on clean speech and bound noisy speech;
800 cost 2 of 30 addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grammar:
    """A compiled grammar."""

    name: str
    asides: frozenset[str]
    """Texts that do not count for the score."""
    alarms: tuple[str, ...] = ()
    """Emergency phrases, each of which must be heard in free speech too."""
    free: bool = False
    """The grammar is that of free speech."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """The sound of an utterance, ready to be searched."""

    pcm: bytes
    signal_to_noise: float
    until: float
    """When (``perf_counter``) the searches must be over."""


class PocketSphinx:
    """The engine with its model loaded, one utterance at a time."""

    def __init__(self, model: Path) -> None:
        """Load the model folder (about 0.3 s, 40 MB)."""
        self._lexicon = Lexicon(read_dictionary(model / DICTIONARY))
        acoustic = model / ACOUSTIC
        with TemporaryDirectory() as folder:
            fillers = Path(folder) / "noisedict"
            fillers.write_text(_SILENCES)
            self._decoder = _decoder(acoustic, fdict=str(fillers), **_SEARCH)
            self._free = _decoder(acoustic, fdict=str(fillers), beam=1e-20, pbeam=1e-20, lw=2.0)
        self._decoder.add_word(_GARBAGE, _GARBAGE_PHONE, True)
        self._free.add_allphone_file(_SOUNDS, None)
        self._free.activate_search(_SOUNDS)
        self._tokens: set[str] = {_GARBAGE}
        self._grammars: dict[str, _Grammar] = {}

    @property
    def capabilities(self) -> Capabilities:
        """Grammars only."""
        return CAPABILITIES

    def begin(self, task: Task) -> _Utterance:
        """Compile the task's grammar unless it is known; raises ``EnvironmentFault`` for a word
        that cannot be spoken."""
        return _Utterance(self, self._grammar(task))

    def transcribe(self, pcm: bytes, language: str, hints: Mapping[str, str]) -> Recognition:
        """Return what addresses, troubles, numbers and answers it finds; nothing where it is not sure.

        No transcript, but enough to see what a call was about until a larger model is installed.
        """
        if language not in CAPABILITIES.languages or not pcm:
            return NOTHING
        heard = self.decode(self._known("t", transcript()), pcm, limit=_BATCH_SECONDS)
        return heard if heard.score >= _SURE else NOTHING

    def decode(self, grammar: _Grammar, pcm: bytes, *, limit: float = DECODING_SECONDS) -> Recognition:
        """Decode one utterance with a grammar of :meth:`begin`, for ``limit`` seconds in all."""
        until = time.perf_counter() + limit
        audible = dithered(pcm)
        heard = _Heard(denoised(audible), signal_to_noise(audible), until)
        sounds = self._sounds(heard.pcm)
        words = self._words(grammar, heard)
        answer = self._answer(grammar, words, sounds)
        alarming = alarm.named(answer.text, grammar.alarms)
        if not alarming and not grammar.free and answer.score >= _SURE:
            return answer
        call = self._call(grammar.alarms, heard, sounds)
        if call != NOTHING:
            return call
        if not alarming:
            in_doubt = grammar.free and heard.signal_to_noise < alarm.NOISY_DB
            return NOTHING if in_doubt else answer
        free = words if grammar.free else self._words(self._listening_for(grammar.alarms), heard)
        sure = alarm.score(free, sounds, grammar.alarms, heard.signal_to_noise)
        if sure >= _SURE:
            return Recognition(answer.text, sure)
        return NOTHING if grammar.free else self._without_alarm(grammar, answer, words)

    def _call(self, alarms: tuple[str, ...], heard: _Heard, sounds: list[Stretch]) -> Recognition:
        """Nothing but a longer emergency phrase and what goes with it: a hundredth of real time."""
        long = tuple(phrase for phrase in alarms if len(phrase) > SHORT)
        if not long:
            return NOTHING
        words = self._words(self._known("u", urgent(long, "zh"), long), heard)
        sure = alarm.score(words, sounds, long, heard.signal_to_noise)
        return (
            Recognition("".join(word.name for word in self._said(words)), sure) if sure >= _SURE else NOTHING
        )

    def _without_alarm(self, grammar: _Grammar, answer: Recognition, words: list[Stretch]) -> Recognition:
        """The address without the trouble told with it; an answer that is all alarm is to be doubted."""
        text = "".join(word.name for word in self._said(words) if word.name not in grammar.asides)
        if text and not alarm.named(text, grammar.alarms):
            return Recognition(text, answer.score)
        return Recognition(answer.text, min(answer.score, _DOUBTFUL))

    def _answer(self, grammar: _Grammar, words: list[Stretch], sounds: list[Stretch]) -> Recognition:
        said = self._said(words)
        counting = {word.name for word in said} - grammar.asides
        aside = {_GARBAGE} | (grammar.asides if counting else set())
        likeness = confidence.difference(words, sounds, aside)
        kept = [word for word in said if not grammar.free or word.name in counting]
        text = "".join(word.name for word in kept)
        return Recognition(text, confidence.score(likeness)) if text else NOTHING

    def _said(self, words: list[Stretch]) -> list[Stretch]:
        return [word for word in words if word.name in self._tokens and word.name != _GARBAGE]

    def _sounds(self, pcm: bytes) -> list[Stretch]:
        """Any sounds after each other; leaves the mean of the whole utterance's features behind."""
        self._free.start_utt()
        self._free.process_raw(pcm, False, True)
        self._free.end_utt()
        return _stretches(self._free)

    def _words(self, grammar: _Grammar, heard: _Heard) -> list[Stretch]:
        """The grammar's words, as far as the time goes: noise can make a search ten times as long."""
        self._decoder.activate_search(grammar.name)
        self._decoder.set_cmn(self._free.get_cmn())
        self._decoder.start_utt()
        for at in range(0, len(heard.pcm), _BLOCK):
            self._decoder.process_raw(heard.pcm[at : at + _BLOCK], False, False)
            if time.perf_counter() > heard.until:
                break
        self._decoder.end_utt()
        return _stretches(self._decoder)

    def _grammar(self, task: Task) -> _Grammar | None:
        node = grammar_for(task)
        if node is None:
            return None
        if task.kind is QuestionKind.FREE:
            return self._listening_for(task.emergency_phrases)
        return self._known("g", node, task.emergency_phrases)

    def _listening_for(self, alarms: tuple[str, ...]) -> _Grammar:
        return self._known("f", alarms_in_free_speech(alarms, "zh"), alarms, free=True)

    def _known(self, rule: str, node: Node, alarms: tuple[str, ...] = (), *, free: bool = False) -> _Grammar:
        text = jsgf(rule, node, self._token, [_GARBAGE])
        key = hashlib.sha256(f"{text} {alarms}".encode()).hexdigest()
        known = self._grammars.pop(key, None)
        if known is None:
            known = self._compile(f"{rule}{key[:16]}", text, node, alarms, free)
        self._grammars[key] = known
        return known

    def _compile(self, name: str, text: str, node: Node, alarms: tuple[str, ...], free: bool) -> _Grammar:
        if len(self._grammars) >= GRAMMARS_KEPT:
            self._decoder.remove_search(self._grammars.pop(next(iter(self._grammars))).name)
        self._decoder.add_jsgf_string(name, text)
        spoken = list(words_of(node))
        counting = {words.text for words in spoken if not words.aside}
        asides = frozenset(words.text for words in spoken) - counting
        return _Grammar(name=name, asides=asides, alarms=alarms, free=free)

    def _token(self, text: str) -> str:
        token = "".join(text.split())
        if token not in self._tokens:
            for number, phones in enumerate(self._lexicon.spoken(token)):
                self._decoder.add_word(token if not number else f"{token}({number + 1})", phones, False)
            self._tokens.add(token)
        return token


class _Utterance:
    def __init__(self, engine: PocketSphinx, grammar: _Grammar | None) -> None:
        self._engine = engine
        self._grammar = grammar
        self._pcm = bytearray()

    def feed(self, pcm: bytes) -> None:
        self._pcm += pcm

    def result(self) -> Recognition:
        if self._grammar is None or not self._pcm:
            return NOTHING
        return self._engine.decode(self._grammar, bytes(self._pcm))


def _decoder(acoustic: Path, **options: Any) -> Any:
    return pocketsphinx.Decoder(
        hmm=str(acoustic),
        lm=None,
        dict=None,
        samprate=float(RATE),
        bestpath=False,
        loglevel="FATAL",
        **options,
    )


def _stretches(decoder: Any) -> list[Stretch]:
    if decoder.hyp() is None:
        return []
    return [
        # Pronunciations after the first are called “word(2)”.
        Stretch(
            segment.word.partition("(")[0],
            segment.start_frame,
            segment.end_frame,
            confidence.log_score(segment.ascore),
        )
        for segment in decoder.seg()
    ]
