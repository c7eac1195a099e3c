"""Live recognition for every call of a process: the :class:`~hotline.call.ports.Ears` port."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from functools import partial
from pathlib import Path

import structlog

from hotline.call.clock import Clock
from hotline.call.ports import Call, Question, QuestionKind
from hotline.settings import Speech
from hotline.speech.grammar.place import PlaceSource
from hotline.speech.live.counters import SpeechCounters
from hotline.speech.live.hearing import LiveHearing
from hotline.speech.live.process import spawn
from hotline.speech.live.slots import Loan, Slots, SpawnWorker, Wanted
from hotline.speech.live.talks import Talks
from hotline.speech.models.store import Installed, choose, installed, model_folders
from hotline.speech.recogniser import Recognition, Task

log = structlog.get_logger(__name__)

LANGUAGES = ("zh", "en")
LOOK_EVERY = 10.0
"""Seconds between looks for models: one that is installed meanwhile is taken up."""

Engines = tuple[tuple[tuple[str, ...], Installed], ...]
"""Which model serves which languages."""


class LiveEars:
    """Listens to calls. Between :meth:`start` and :meth:`close`; without a model only voice is judged."""

    def __init__(
        self,
        settings: Speech,
        models: Path,
        places: PlaceSource,
        clock: Clock,
        counters: SpeechCounters | None = None,
        *,
        spawner: Callable[[Engines], SpawnWorker] | None = None,
    ) -> None:
        """``models`` is the home's model folder. ``spawner`` starts workers other than processes."""
        self._settings = settings
        self._models = models
        self._places = places
        self._clock = clock
        self.counters = counters or SpeechCounters()
        self._spawner = spawner or (lambda engines: partial(spawn, engines))
        self._numbers = itertools.count(1)
        self._engines: Engines = ()
        self._slots: Slots | None = None
        self._running: asyncio.Task[None] | None = None
        self._kept_for_questions = 1 if settings.live_slots > 1 else 0
        self.talks = Talks(
            self, mode=settings.talks, most=max(0, settings.live_slots - self._kept_for_questions)
        )
        """People who talk with each other, taken down."""

    async def start(self) -> None:
        """Begin to look for models and to run workers; returns at once."""
        self._running = asyncio.create_task(self._run(), name="live recognition")

    async def close(self) -> None:
        """End every worker; open questions end without words."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            self._running = None
        self._slots, self._engines = None, ()

    def understands(self, language: str) -> bool:
        """True when a worker with a model for ``language`` is ready."""
        served = any(language in languages for languages, _ in self._engines)
        return served and self._slots is not None and self._slots.ready > 0

    def engine(self, language: str) -> str:
        """Name of the engine that listens in ``language``; empty when none does."""
        if not self.understands(language):
            return ""
        return next(model.engine for languages, model in self._engines if language in languages)

    def listen(self, call: Call, question: Question) -> LiveHearing:
        """Listen to ``call`` until something was heard."""
        return LiveHearing(
            call,
            question,
            next(self._numbers),
            wanted=self._wanted,
            borrow=self._borrow,
            accept_score=self._settings.accept_score,
            counters=self.counters,
        )

    def _wanted(
        self,
        question: Question,
        on_pause: Callable[[Recognition], None],
        on_final: Callable[[Recognition], None],
    ) -> Wanted:
        is_place = question.kind is QuestionKind.PLACE
        task = Task(
            kind=question.kind,
            language=question.language,
            phrases=question.phrases,
            emergency_phrases=question.emergency_phrases,
        )
        return Wanted(
            task=task,
            estate=question.estate,
            places=tuple(self._places.places(question.estate)) if is_place else (),
            urgent=question.urgent,
            on_pause=on_pause,
            on_final=on_final,
        )

    def _borrow(self, wanted: Wanted) -> Loan | None:
        if self._slots is None or not self.understands(wanted.task.language):
            return None
        return self._slots.borrow(wanted)

    def borrow_spare(self, wanted: Wanted) -> Loan | None:
        """Lend a slot that no question will miss; ``None`` for none."""
        if self._slots is None or not self.understands(wanted.task.language):
            return None
        return self._slots.borrow(wanted, leaving=self._kept_for_questions)

    async def _run(self) -> None:
        serving: asyncio.Task[None] | None = None
        try:
            while True:
                chosen = self._choose()
                if chosen != self._engines:
                    await _stopped(serving)
                    serving = self._serve(chosen)
                await self._clock.sleep(LOOK_EVERY)
        finally:
            await _stopped(serving)

    def _serve(self, chosen: Engines) -> asyncio.Task[None] | None:
        self._engines = chosen
        self._slots = None
        if not chosen:
            log.warning("no model for live recognition: keys only")
            return None
        for languages, model in chosen:
            log.info("live recognition", engine=model.engine, model=model.path.name, languages=languages)
        self._slots = Slots(
            self._spawner(chosen),
            count=self._settings.live_slots,
            reserved=self._settings.emergency_slots,
            clock=self._clock,
            counters=self.counters,
        )
        return asyncio.create_task(self._slots.run(), name="recognition slots")

    def _choose(self) -> Engines:
        models = installed(model_folders(self._settings, self._models))
        picked: dict[Installed, list[str]] = {}
        for language in LANGUAGES:
            model = choose(self._settings.live, language, models)
            if model is not None:
                picked.setdefault(model, []).append(language)
        return tuple((tuple(languages), model) for model, languages in picked.items())


async def _stopped(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
