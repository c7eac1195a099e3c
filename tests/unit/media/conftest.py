from collections.abc import Iterator

import pytest
from media_fakes import Exchange


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    """An engine on a clock moved by hand, stopped at the end."""
    made = Exchange()
    yield made
    made.engine.stop()
