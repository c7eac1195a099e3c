"""``notifications.yaml`` as it stands, so that one wrong value does not hide what else is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hotline.notifications.config import ChannelConfig


@dataclass(frozen=True, slots=True)
class RawRoute:
    """A route, whatever it holds."""

    values: Mapping[str, Any]

    def words(self, key: str) -> Iterator[tuple[int, str]]:
        """Yield the texts of a list with their places; nothing where no list stands."""
        value = self.values.get(key)
        for number, word in enumerate(value if isinstance(value, list) else ()):
            if isinstance(word, str):
                yield number, word


class Raw:
    """The parts of the file that have their place, right or wrong in themselves."""

    def __init__(self, root: Any) -> None:
        """Take the plain data of the file."""
        self._root: Mapping[str, Any] = root if isinstance(root, dict) else {}
        self.channels = self._names("channels")
        self.templates = self._names("templates")

    @property
    def routes(self) -> list[tuple[int, RawRoute]]:
        """The routes with their places."""
        found = self._root.get("routes")
        listed = found if isinstance(found, list) else []
        return [(place, RawRoute(route)) for place, route in enumerate(listed) if isinstance(route, dict)]

    def configs(self) -> dict[str, tuple[ChannelConfig, bool]]:
        """Return the channels that can be read, and whether as they are or without what is wrong in them."""
        found = {}
        for name, value in self.channels.items():
            config = _read(value)
            if config is not None:
                found[name] = config
        return found

    def _names(self, section: str) -> dict[str, Any]:
        found = self._root.get(section)
        return {str(name): value for name, value in found.items()} if isinstance(found, dict) else {}


def _read(value: Any) -> tuple[ChannelConfig, bool] | None:
    adapter: TypeAdapter[ChannelConfig] = TypeAdapter(ChannelConfig)
    try:
        return adapter.validate_python(value), True
    except ValidationError as error:
        wrong = {item["loc"][1] for item in error.errors(include_url=False) if len(item["loc"]) > 1}
    if not isinstance(value, dict) or not wrong:
        return None
    try:
        return adapter.validate_python({key: part for key, part in value.items() if key not in wrong}), False
    except ValidationError:  # something is missing, which is told already
        return None
