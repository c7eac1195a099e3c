"""The JSON Schema of menu files, for editors: completion and red lines while typing."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from hotline.ivr.model import Menu
from hotline.ivr.steps import KINDS, name_of
from hotline.ivr.steps.base import Item, Items, Rounds
from hotline.ivr.steps.menu import KEY_PATTERN
from hotline.ivr.steps.refs import PromptRef, StepRef

SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def menu_schema() -> dict[str, Any]:
    """Return the schema of a menu file as people write it, short forms included."""
    schema = Menu.model_json_schema(by_alias=True)
    definitions: dict[str, Any] = schema.setdefault("$defs", {})
    for kind in KINDS:
        body = definitions[kind.__name__]
        body["properties"].pop("step", None)
        body["required"] = [name for name in body.get("required", []) if name != "step"]
    definitions["Step"] = {
        "description": "One step: its kind, with its settings below it.",
        "oneOf": [_wrapped(name_of(kind), kind.__name__) for kind in KINDS],
    }
    steps = schema["properties"]["steps"]
    steps["patternProperties"] = {StepRef.pattern: {"$ref": "#/$defs/Step"}}
    steps["additionalProperties"] = False
    _allow_short_forms(schema, definitions)
    schema["oneOf"] = [{"required": ["menu", "emergency"]}, {"required": ["flow"]}]
    return {"$schema": SCHEMA, "title": "Hotline menu", **_without(schema, "title")}


def _wrapped(name: str, definition: str) -> dict[str, Any]:
    body: dict[str, Any] = {"$ref": f"#/$defs/{definition}"}
    return {"type": "object", "properties": {name: body}, "required": [name], "additionalProperties": False}


def _allow_short_forms(schema: dict[str, Any], definitions: dict[str, Any]) -> None:
    """``prompts: greeting`` and ``- greeting`` are read as items; keys may be numbers."""
    said = {"anyOf": [{"type": "string", "x-names": PromptRef.names}, {"$ref": "#/$defs/Item"}]}
    items = {"anyOf": [said, {"type": "array", "items": said}]}
    rounds = {"anyOf": [said, {"type": "array", "items": items}]}
    plain = {
        _shape(TypeAdapter(Items).json_schema()): items,
        _shape(TypeAdapter(Rounds).json_schema()): rounds,
    }
    for definition in (schema, *definitions.values()):
        for name, given in list(definition.get("properties", {}).items()):
            replacement = plain.get(_shape(given))
            if replacement is not None and definition.get("title") != Item.__name__:
                definition["properties"][name] = replacement
            else:
                _allow_numbers_as_keys(given)


def _allow_numbers_as_keys(given: dict[str, Any]) -> None:
    """YAML reads ``1`` as a number where a telephone key is meant."""
    if given.get("pattern") == KEY_PATTERN:
        given["type"] = ["string", "integer"]
    for below in ("additionalProperties", "items"):
        if isinstance(given.get(below), dict):
            _allow_numbers_as_keys(given[below])


def _shape(schema: dict[str, Any]) -> str:
    depth, node = 0, schema
    while node.get("type") == "array":
        node = node.get("items", {})
        depth += 1
    return f"items{depth}" if node.get("$ref") == "#/$defs/Item" and depth else ""


def _without(given: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != key}
