"""As little waits on a bridged line as it gets by with."""

import numpy as np

from hotline.telephony.media.reserve import FIRST_LOOK, LONGEST_LOOK, Reserve

QUIET, LOUD = bytes(320), np.full(160, 9000, np.int16).tobytes()


class Line:
    """A line that is written to every 20 ms."""

    def __init__(self, *, counts: bool = True) -> None:
        self.reserve = Reserve()
        self.now = 100.0
        self.silent = 0 if counts else None
        self.reserve.counted(self.silent)
        # What the line counted before the first frame is not known: lateness shows from the second on.
        self.first = [self.write(), self.write()]

    def write(self, pcm: bytes = LOUD, *, in_flight: int = 0, ran_dry: bool = False) -> int:
        """Frames written for one that came."""
        self.now += 0.02
        if self.silent is not None:
            self.silent += ran_dry
        self.reserve.counted(self.silent)
        return len(self.reserve.fit(pcm, in_flight, self.now)) // 320

    def until_dropped(self, limit: float, pcm: bytes = LOUD) -> float | None:
        begun = self.now
        while self.now - begun < limit:
            if self.write(pcm, in_flight=160) == 0:
                return self.now - begun
        return None


def test_a_line_that_is_served_in_time_has_nothing_in_reserve() -> None:
    line = Line()
    assert line.first + [line.write() for _ in range(500)] == [1] * 502


def test_a_line_that_ran_dry_gets_a_frame_in_reserve() -> None:
    line = Line()
    assert line.write(ran_dry=True) == 2
    assert line.write(in_flight=160) == 1


def test_two_frames_at_once_are_reserve_enough() -> None:
    line = Line()
    assert line.write(LOUD * 2, ran_dry=True) == 2


def test_silence_before_a_new_beginning_is_no_lateness() -> None:
    line = Line()
    line.now += 5
    assert line.write(ran_dry=True) == 1
    assert line.write() == 1


def test_a_frame_that_was_never_needed_is_left_out_where_it_is_quiet() -> None:
    line = Line()
    line.write(ran_dry=True)
    assert line.until_dropped(FIRST_LOOK - 0.1) is None
    line.until_dropped(0.2)
    assert line.write(QUIET, in_flight=160) == 0


def test_where_it_never_gets_quiet_a_loud_frame_is_left_out_in_the_end() -> None:
    line = Line()
    line.write(ran_dry=True)
    dropped = line.until_dropped(30)
    assert dropped is not None and FIRST_LOOK + 1.9 < dropped < FIRST_LOOK + 2.2


def test_a_frame_that_is_needed_now_and_then_stays() -> None:
    line = Line()
    line.write(ran_dry=True)
    for _ in range(10):
        assert line.until_dropped(FIRST_LOOK - 1, QUIET) is None
        assert line.write(QUIET, in_flight=0) == 1


def test_a_frame_given_up_too_soon_is_kept_twice_as_long_the_next_time() -> None:
    line = Line()
    waits = []
    for _ in range(8):
        line.write(ran_dry=True)
        waits.append(round(line.until_dropped(100, QUIET) or 0))
    assert waits[:3] == [FIRST_LOOK, 2 * FIRST_LOOK, 4 * FIRST_LOOK]
    assert waits[-1] == LONGEST_LOOK


def test_a_line_that_does_not_count_its_silence_keeps_its_reserve() -> None:
    line = Line(counts=False)
    assert line.first == [2, 2]
    assert line.until_dropped(20, QUIET) is None
    assert line.write() == 2
