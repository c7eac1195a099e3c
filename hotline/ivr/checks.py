"""What a menu that can be read may still get wrong; every check finds all of its problems."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from difflib import get_close_matches

from hotline.call.errors import Problem
from hotline.call.ports import PromptBook
from hotline.ivr.graph import dead_circles, reachable
from hotline.ivr.intake import CALL_BACK, FACTS
from hotline.ivr.model import Menu
from hotline.ivr.steps.act import Act
from hotline.ivr.steps.base import Step
from hotline.ivr.steps.confirm import Confirm
from hotline.ivr.steps.identify import Identify
from hotline.ivr.steps.lookup import STAFF_ONLY, Lookup
from hotline.ivr.steps.menu import Menu as MenuStep
from hotline.ivr.steps.presence import Presence
from hotline.ivr.steps.queue import Queue
from hotline.ivr.steps.refs import (
    FlowRef,
    Path,
    PromptRef,
    QueueRef,
    ReadSlot,
    Ref,
    RosterRef,
    StepRef,
    WindowRef,
    WrittenSlot,
    references,
)
from hotline.ivr.steps.report import Report
from hotline.ivr.steps.transfer import Transfer
from hotline.ivr.steps.verify import Verify
from hotline.yamlsource import Document

FLOWS = "outbound"
"""Folder, below that of the menus, of what is said on calls the machine places."""
SHORTEST_INTERDIGIT = 0.5
"""Seconds: nobody presses two keys faster on purpose, so ``0`` would always win over ``00``."""
MOST_CHOICES = 6
"""Choices a caller keeps in mind (DESIGN section 7), besides help and language."""
HELP_KEYS = frozenset({"0", "8", "9", "00", "*", "#"})
"""A human, the language, again, the emergency (DOMAIN section 3), back: not counted."""

Finding = tuple[Path, str, bool]
"""Path in the file, sentence, warning."""
References = Sequence[tuple[Path, Ref]]
"""What :func:`all_references` finds: to find it takes longest, so it is found once."""


def problems_of(
    menu: Menu,
    document: Document,
    *,
    prompts: PromptBook | None = None,
    windows: Container[str] | None = None,
    rosters: Container[str] | None = None,
    flows: Container[str] | None = None,
    queues: Container[str] | None = None,
) -> list[Problem]:
    """Return every problem of ``menu``; ``None`` leaves out what is not known here."""
    refs = tuple(all_references(menu))
    findings = [*_targets(menu, refs), *_graph(menu), *_verification(menu, refs), *_keys(menu), *_slots(refs)]
    findings += [*_reports(menu), *_staff_only(menu), *_waiting(menu)]
    if prompts is not None:
        findings += _prompts(menu, refs, prompts)
    if windows is not None:
        findings += _names(refs, WindowRef, windows, 'no window "{}" in hours.yaml')
    if rosters is not None:
        findings += _rosters(menu, refs, rosters)
    if flows is not None:
        findings += _names(refs, FlowRef, flows, f'no flow "{{}}" in the folder "{FLOWS}"')
    if queues is not None:
        findings += _names(refs, QueueRef, queues, 'no queue "{}" in operators.yaml')
    return [_problem(document, *finding) for finding in findings]


def _problem(document: Document, path: Path, message: str, warning: bool) -> Problem:
    where = _as_written(document, path)
    return Problem(document.file, document.line(where), ".".join(map(str, where)), message, warning)


def _as_written(document: Document, path: Path) -> Path:
    """Leave out the parts of ``path`` that short forms do not write (``prompts: greeting``)."""
    node, kept = document.root, []
    for part in path:
        below = _below(node, part)
        if below is not None:
            kept.append(part)
            node = below
    return tuple(kept)


def _below(node: object, part: str | int) -> object:
    if isinstance(node, dict):
        return next((value for key, value in node.items() if str(key) == str(part)), None)
    if isinstance(node, list) and isinstance(part, int) and part < len(node):
        return node[part]
    return None


def all_references(menu: Menu) -> Iterator[tuple[Path, Ref]]:
    """Yield every reference of a menu with its path in the file."""
    for name, field in Menu.model_fields.items():
        if name != "steps":
            yield from references(getattr(menu, name), (field.alias or name,))
    for name, step in menu.steps.items():
        yield from references(step, ("steps", name, step.step))


def _targets(menu: Menu, refs: References) -> Iterable[Finding]:
    for path, ref in refs:
        if isinstance(ref, StepRef) and ref not in menu.steps:
            like = get_close_matches(ref, menu.steps, n=1)
            hint = f', did you mean "{like[0]}"?' if like else ""
            yield path, f'no step "{ref}"{hint}', False


def _graph(menu: Menu) -> Iterable[Finding]:
    reached = reachable(menu)
    for name in menu.steps:
        if name not in reached:
            yield ("steps", name), "no way leads to this step", False
    for circle in dead_circles(menu):
        way = " → ".join((*circle, circle[0]))
        yield ("steps", circle[0]), f"a loop without input: {way} would never end", False


def _verification(menu: Menu, refs: References) -> Iterable[Finding]:
    """A ``verify`` step goes back to the question it interrupts: nothing else may lead there."""
    asked = menu.emergency.confirm
    if asked is not None and asked in menu.steps and not isinstance(menu.steps[asked], Verify):
        yield ("emergency", "confirm"), f'"{asked}" must be a verify step', False
    for path, ref in refs:
        if path != ("emergency", "confirm") and isinstance(menu.steps.get(ref), Verify):
            yield path, f'"{ref}" is a verify step: only emergency.confirm leads there', False


def _staff_only(menu: Menu) -> Iterable[Finding]:
    """Nobody works on tickets or hears of all of them without having said who they are."""
    if menu.flow is not None:
        return
    open_to_all = reachable(menu, barred=_let_in)
    for name, step in menu.steps.items():
        private = isinstance(step, Act | Presence) or (isinstance(step, Lookup) and step.what in STAFF_ONLY)
        if private and name in open_to_all:
            yield ("steps", name, step.step), "reached without identify: this is for staff only", False


def _let_in(step: Step, label: str) -> bool:
    return isinstance(step, Identify) and label.startswith("roles.")


def _waiting(menu: Menu) -> Iterable[Finding]:
    """Keys while waiting are told apart, are no emergency's, and what they lead to has its words."""
    for name, step in menu.steps.items():
        if not isinstance(step, Queue):
            continue
        path: Path = ("steps", name, step.step)
        offers = {"message": step.message, "call_back": step.call_back}
        keys = {offer.key for offer in offers.values() if offer is not None}
        if len(keys) < sum(offer is not None for offer in offers.values()):
            yield (*path, "call_back", "key"), "the same key leaves a message: use another one", False
        yield from _ambiguous(keys, menu.emergency.keys, path, menu.defaults.choice_interdigit)
        if step.call_back is not None:
            desk = menu.desk.with_own(step.desk)
            for words in ("own_number", "ask_number", "check_number", "booked"):
                if not getattr(desk, words):
                    yield (*path, "call_back"), f'"desk.{words}" is missing: what is said then', False


def _reports(menu: Menu) -> Iterable[Finding]:
    for name, step in menu.steps.items():
        reports = isinstance(step, Report) or (isinstance(step, Transfer) and step.reported is not None)
        if menu.flow is None and reports:
            yield ("steps", name, step.step), "nobody placed this call: only flows report", False


# --- keys ----------------------------------------------------------------------------------------


def _keys(menu: Menu) -> Iterable[Finding]:
    yield from _ambiguous(
        menu.everywhere, menu.emergency.keys, ("everywhere",), menu.defaults.choice_interdigit
    )
    for name, step in menu.steps.items():
        path: Path = ("steps", name, step.step)
        if isinstance(step, MenuStep):
            wait = step.interdigit_timeout or menu.defaults.choice_interdigit
            yield from _ambiguous(step.keys, menu.emergency.keys, (*path, "keys"), wait)
            yield from _own_prefixes(step, (*path, "keys"))
            yield from _too_many(menu, step, (*path, "keys"))
            yield from _word_keys(menu, step, path)
        elif isinstance(step, Confirm | Verify) and step.yes_key == step.no_key:
            yield (*path, "no_key"), f'"{step.no_key}" would mean yes and no', False


def _ambiguous(keys: Iterable[str], emergency: Iterable[str], path: Path, wait: float) -> Iterable[Finding]:
    for key in keys:
        for panic in emergency:
            if key.startswith(panic):
                yield (*path, key), f'"{key}" can never be pressed: "{panic}" is the emergency', False
            elif panic.startswith(key) and wait < SHORTEST_INTERDIGIT:
                sentence = f'ambiguous: "{panic}" cannot be pressed within {wait:g} s after "{key}"'
                yield (*path, key), f"{sentence}; set interdigit_timeout to 1.5", False


def _own_prefixes(step: MenuStep, path: Path) -> Iterable[Finding]:
    if step.interdigit_timeout is not None:
        return
    for key in step.keys:
        for longer in step.keys:
            if longer != key and longer.startswith(key):
                sentence = f'ambiguous: "{key}" begins "{longer}"; set interdigit_timeout to tell them apart'
                yield (*path, key), sentence, False


def _too_many(menu: Menu, step: MenuStep, path: Path) -> Iterable[Finding]:
    choices = step.keys.keys() - HELP_KEYS - menu.everywhere.keys() - set(menu.emergency.keys)
    choices -= set(step.unannounced)
    if len(choices) > MOST_CHOICES:
        sentence = f"{len(choices)} choices: callers keep six in mind besides help and language"
        yield path, f"{sentence}; move some to a level below", True


def _word_keys(menu: Menu, step: MenuStep, path: Path) -> Iterable[Finding]:
    known = {*step.keys, *menu.everywhere}
    for language, words in step.words.items():
        for phrase, key in words.items():
            if key not in known:
                yield (*path, "words", language, phrase), f'no key "{key}" in this menu', False


# --- slots ---------------------------------------------------------------------------------------


def _slots(refs: References) -> Iterable[Finding]:
    written = {str(ref) for _, ref in refs if isinstance(ref, WrittenSlot)}
    # filled by a step of a kind rather than by name
    written |= {"place", "callback", CALL_BACK, "words", "description", *FACTS}
    for path, ref in refs:
        if isinstance(ref, ReadSlot) and ref not in written:
            like = get_close_matches(ref, written, n=1)
            hint = f', did you mean "{like[0]}"?' if like else ""
            yield path, f'nothing fills the slot "{ref}"{hint}', False


# --- names of other files ------------------------------------------------------------------------


def _names(refs: References, kind: type[Ref], known: Container[str], sentence: str) -> Iterable[Finding]:
    for path, ref in refs:
        if isinstance(ref, kind) and ref not in known:
            yield path, sentence.format(ref), False


def windows_of(menu: Menu) -> frozenset[str]:
    """Return the windows the menu asks for."""
    return frozenset(str(ref) for _, ref in all_references(menu) if isinstance(ref, WindowRef))


def rosters_of(menu: Menu) -> frozenset[str]:
    """Return the rosters the menu cannot do without."""
    return frozenset(
        str(ref)
        for path, ref in all_references(menu)
        if isinstance(ref, RosterRef) and path not in _may_be_missing(menu)
    )


def queues_of(menu: Menu) -> frozenset[str]:
    """Return the operators' queues the menu puts callers into."""
    return frozenset(str(ref) for _, ref in all_references(menu) if isinstance(ref, QueueRef))


def sends_of(menu: Menu) -> tuple[str, ...]:
    """Return the steps operators may send callers to, in the order of the file."""
    sends = (str(to) for step in menu.steps.values() if isinstance(step, Queue) for to in step.sends)
    return tuple(dict.fromkeys(sends))


def _may_be_missing(menu: Menu) -> set[Path]:
    return {
        ("steps", name, step.step, "roster")
        for name, step in menu.steps.items()
        if isinstance(step, Transfer) and step.optional
    }


def _rosters(menu: Menu, refs: References, rosters: Container[str]) -> Iterable[Finding]:
    optional = _may_be_missing(menu)
    for path, sentence, _ in _names(refs, RosterRef, rosters, 'no roster "{}" in roster.yaml'):
        yield path, sentence, path in optional  # to have none may be meant, to misspell it is not


def _prompts(menu: Menu, refs: References, prompts: PromptBook) -> Iterable[Finding]:
    for path, ref in refs:
        if isinstance(ref, PromptRef):
            for language in menu.languages:
                if not prompts.has(language, ref):
                    yield path, f'no prompt "{ref}" in {language}', False
