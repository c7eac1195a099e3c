"""A re-INVITE may replace the streams between any two operations; no prompt may be cut or told wrong."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from media_fakes import Exchange, Line, ramp, samples, write_wav

from hotline.call.audio import Clip
from hotline.telephony.media.leg import CALM_TICKS

WHOLE = 16000


def playing(exchange: Exchange, folder: Path) -> Line:
    line = exchange.line()
    line.leg.play([Clip(write_wav(folder / "p.wav", ramp(WHOLE)))])
    return line


def heard(line: Line) -> list[int]:
    return [value for value in samples(bytes(line.stream.wire)) if value]


def assert_whole_and_in_order(values: list[int], *, repeated: int) -> None:
    """Every sample once, at most ``repeated`` again after a jump back."""
    assert sorted(set(values)) == list(range(1, WHOLE + 1))
    assert len(values) - WHOLE <= repeated
    assert all(later == earlier + 1 for earlier, later in pairwise(values) if later > earlier)


@pytest.mark.parametrize("operation", ["read", "stats", "write"])
@pytest.mark.parametrize("both", [True, False])
@pytest.mark.parametrize("after", [0.02, 0.5, 1.0, 1.9])
def test_restart_between_any_two_operations_cuts_nothing(
    exchange: Exchange, tmp_path: Path, operation: str, both: bool, after: float
) -> None:
    line = playing(exchange, tmp_path)
    exchange.run(after)
    line.stream.just_before[operation] = lambda: line.stream.restart(both=both)
    exchange.run(4)
    assert_whole_and_in_order(heard(line), repeated=CALM_TICKS * 160 if both else 0)
    assert line.ended == [(1, True)]


@pytest.mark.parametrize("both", [True, False])
def test_barge_in_on_a_stream_that_is_just_replaced_is_silent(
    exchange: Exchange, tmp_path: Path, both: bool
) -> None:
    line = playing(exchange, tmp_path)
    exchange.run(0.5)
    line.stream.just_before["flush_tx"] = lambda: line.stream.restart(both=both)
    line.leg.stop_playing()
    exchange.run(0.08)
    silent_from = len(line.stream.wire)
    exchange.run(1)
    assert not any(line.stream.wire[silent_from:])
    assert line.ended == [(1, False)]
    line.leg.play([Clip(tmp_path / "p.wav")])
    exchange.run(3)
    assert line.ended[1:] == [(2, True)]
    assert heard(line)[-WHOLE:] == list(range(1, WHOLE + 1))


def test_sound_that_reached_a_new_stream_unnoticed_is_not_doubled(exchange: Exchange, tmp_path: Path) -> None:
    line = playing(exchange, tmp_path)
    exchange.run(0.4)

    def replaced_and_bound_anew() -> None:
        line.stream.restart()
        line.stream.info()

    line.stream.just_before["write"] = replaced_and_bound_anew
    exchange.run(4)
    values = heard(line)
    assert sorted(set(values)) == list(range(1, WHOLE + 1))
    assert values[-1] == WHOLE
    assert line.ended == [(1, True)]


@pytest.mark.parametrize("refused", [2, 320, 3000, 16000])
def test_what_the_buffer_does_not_take_is_written_later(
    exchange: Exchange, tmp_path: Path, refused: int
) -> None:
    line = playing(exchange, tmp_path)
    line.stream.refused = refused
    exchange.run(4)
    assert heard(line) == list(range(1, WHOLE + 1))
    assert line.ended == [(1, True)]


class Mishap:
    """Something that happens to a stream after a while."""

    def __init__(self, kind: str, wait: int) -> None:
        self.kind, self.wait = kind, wait

    def __repr__(self) -> str:
        return f"{self.kind} after {self.wait} ticks"

    def befall(self, line: Line) -> None:
        match self.kind:
            case "both" | "receiving":
                line.stream.restart(both=self.kind == "both")
            case "lost":
                line.stream.active = False
            case "back":
                if not line.stream.active:
                    line.stream.restart()
                line.stream.active = True
            case "hold" | "resume":
                line.leg.hold(self.kind == "hold")


MISHAPS = st.lists(
    st.builds(
        Mishap,
        st.sampled_from(["both", "receiving", "lost", "back", "hold", "resume"]),
        st.integers(0, 40),
    ),
    max_size=10,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mishaps=MISHAPS)
def test_whatever_befalls_the_streams_a_prompt_is_heard_whole_and_ends_once(
    tmp_path: Path, mishaps: list[Mishap]
) -> None:
    exchange = Exchange()
    line = playing(exchange, tmp_path)
    for mishap in mishaps:
        exchange.run(0.02 * mishap.wait)
        mishap.befall(line)
    Mishap("back", 0).befall(line)
    line.leg.hold(False)
    exchange.run(4)
    assert_whole_and_in_order(heard(line), repeated=CALM_TICKS * 160 * len(mishaps))
    assert line.ended == [(1, True)]
    exchange.engine.stop()
