"""PocketSphinx with a Mandarin 8 kHz model: small grammars, little computing, no free speech.

What measuring showed (see ``docs``): ``bestpath=False``, since with it noise makes one utterance
take half a minute; the mean of the whole utterance taken off the features (``full_utt``), since
a streaming estimate costs 4 to 6 of 30 addresses; so an utterance is decoded at once when the
speaker pauses, at a tenth of real time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pocketsphinx

from hotline.call.audio import RATE
from hotline.speech import confidence
from hotline.speech.confidence import Stretch
from hotline.speech.denoise import denoised
from hotline.speech.grammar.build import grammar_for
from hotline.speech.grammar.jsgf import jsgf
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

_GARBAGE = "_garbage"
_GARBAGE_PHONE = "+GARBAGE+"
_SILENCES = "<s> SIL\n</s> SIL\n<sil> SIL\n"
"""Silence only: the model's coughs and laughs only slow the search down."""
_SOUNDS = "sounds"


class PocketSphinx:
    """The engine with its model loaded, one utterance at a time."""

    def __init__(self, model: Path) -> None:
        """Load the model folder (about 0.3 s, 40 MB)."""
        self._lexicon = Lexicon(read_dictionary(model / DICTIONARY))
        acoustic = model / ACOUSTIC
        with TemporaryDirectory() as folder:
            fillers = Path(folder) / "noisedict"
            fillers.write_text(_SILENCES)
            self._decoder = _decoder(acoustic, fdict=str(fillers), beam=1e-60, wbeam=1e-40, pbeam=1e-60)
            self._free = _decoder(acoustic, fdict=str(fillers), beam=1e-20, pbeam=1e-20, lw=2.0)
        self._decoder.add_word(_GARBAGE, _GARBAGE_PHONE, True)
        self._free.add_allphone_file(_SOUNDS, None)
        self._free.activate_search(_SOUNDS)
        self._tokens: set[str] = {_GARBAGE}
        self._grammars: dict[str, str] = {}

    @property
    def capabilities(self) -> Capabilities:
        """Grammars only."""
        return CAPABILITIES

    def begin(self, task: Task) -> _Utterance:
        """Compile the task's grammar unless it is known; raises ``EnvironmentFault`` for a word
        that cannot be spoken."""
        return _Utterance(self, self._grammar(task))

    def transcribe(self, pcm: bytes, language: str, hints: Mapping[str, str]) -> Recognition:
        """Return what the problem grammar finds in free speech: a poor man's transcript."""
        return NOTHING

    def decode(self, grammar: str, pcm: bytes) -> Recognition:
        """Decode one utterance with a grammar of :meth:`begin`."""
        heard = denoised(pcm)
        self._decoder.activate_search(grammar)
        words = _search(self._decoder, heard)
        said = [word for word in words if word.name in self._tokens and word.name != _GARBAGE]
        if not said:
            return NOTHING
        likeness = confidence.difference(said, _search(self._free, heard))
        return Recognition("".join(word.name for word in said), confidence.score(likeness))

    def _grammar(self, task: Task) -> str:
        node = grammar_for(task)
        if node is None:
            return ""
        text = jsgf("g", node, self._token, [_GARBAGE])
        key = hashlib.sha256(text.encode()).hexdigest()
        if key not in self._grammars:
            if len(self._grammars) >= GRAMMARS_KEPT:
                oldest = next(iter(self._grammars))
                self._decoder.remove_search(self._grammars.pop(oldest))
            name = f"g{key[:16]}"
            self._decoder.add_jsgf_string(name, text)
            self._grammars[key] = name
        self._grammars[key] = self._grammars.pop(key)
        return self._grammars[key]

    def _token(self, text: str) -> str:
        token = "".join(text.split())
        if token not in self._tokens:
            for number, phones in enumerate(self._lexicon.spoken(token)):
                self._decoder.add_word(token if not number else f"{token}({number + 1})", phones, False)
            self._tokens.add(token)
        return token


class _Utterance:
    def __init__(self, engine: PocketSphinx, grammar: str) -> None:
        self._engine = engine
        self._grammar = grammar
        self._pcm = bytearray()

    def feed(self, pcm: bytes) -> None:
        self._pcm += pcm

    def result(self) -> Recognition:
        if not self._grammar or not self._pcm:
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


def _search(decoder: Any, pcm: bytes) -> list[Stretch]:
    decoder.start_utt()
    decoder.process_raw(pcm, False, True)
    decoder.end_utt()
    if decoder.hyp() is None:
        return []
    return list(_stretches(decoder.seg()))


def _stretches(segments: Iterable[Any]) -> Iterable[Stretch]:
    for segment in segments:
        name = segment.word.partition("(")[0] if not segment.word.startswith("(") else segment.word
        yield Stretch(name, segment.start_frame, segment.end_frame, confidence.log_score(segment.ascore))
