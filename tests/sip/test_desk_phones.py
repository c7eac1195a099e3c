"""Operators' telephones at an exchange: real phones registered at Kamailio, called by their number."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from exchange import Kamailio, needs_exchange
from peers import HOST, Baresip, Linphone, ended, write_tone
from siphotline import Hotline, StartHotline, to_the_end, wait_for

from hotline.call.audio import Tone, ToneName
from hotline.call.errors import DialNoAnswer
from hotline.call.events import BridgeEnded, Held, HungUp, Interrupted, Restored, TransferAsked
from hotline.call.ports import Call, DialOrder

pytestmark = [pytest.mark.peer, needs_exchange]

NOTICE = 1.5


@pytest.fixture
async def exchange(tmp_path: Path) -> AsyncIterator[Kamailio]:
    """The house's exchange."""
    async with ended(await Kamailio.start(tmp_path)) as running:
        yield running


async def baresip_at(exchange: Kamailio, folder: Path, user: str, *, answer: str = "auto") -> Baresip:
    phone = await Baresip.start(folder, registers=f"{user}@{exchange.domain}", answer=answer)
    await exchange.until_known(user)
    return phone


async def linphone_at(exchange: Kamailio, folder: Path, user: str) -> Linphone:
    sound = write_tone(folder / f"{user}.wav", frequency=800)
    phone = await Linphone.start(folder, registers=f"{user}@{exchange.domain}", sound=sound)
    await phone.command("autoanswer enable")
    try:
        await exchange.until_known(user, within=5)
    except TimeoutError:  # linphonec registers nowhere on a machine without a network
        await exchange.register(user, phone.port)
    return phone


def to_line(exchange: Kamailio, user: str, *, may_transfer: bool = True) -> DialOrder:
    return DialOrder(
        to=exchange.address(user),
        linkedid="",
        purpose="operator",
        timeout=6,
        may_transfer=may_transfer,
        notice_silence=NOTICE,
    )


class Listener:
    """How loud the tone of a frequency was in what a leg received, second by second."""

    def __init__(self, call: Call) -> None:
        self.frames: list[bytes] = []
        call.tap(self.frames.append)

    @property
    def loudest(self) -> int:
        return max((int(np.abs(np.frombuffer(f, np.int16)).max()) for f in self.frames[-25:]), default=0)


def strength(pcm: bytes, frequency: float) -> float:
    """Share of the energy that lies at ``frequency``, 0 to 1."""
    sound = np.frombuffer(pcm[: len(pcm) // 2 * 2], np.int16).astype(float)
    if not sound.any():
        return 0.0
    spectrum = np.abs(np.fft.rfft(sound)) ** 2
    near = np.abs(np.fft.rfftfreq(len(sound), 1 / 8000) - frequency) < 10
    return float(spectrum[near].sum() / spectrum[1:].sum())


async def test_a_registered_telephone_is_called_by_its_address_and_hears_and_is_heard(
    hotline: Hotline, exchange: Kamailio, tmp_path: Path
) -> None:
    async with ended(await baresip_at(exchange, tmp_path, "8001")) as phone:
        call = await hotline.telephony.dial(to_line(exchange, "8001"))
        heard = Listener(call)
        call.play([Tone(ToneName.RINGBACK, seconds=1.0)])
        await hotline.until(lambda: heard.loudest > 1000)
        await asyncio.sleep(1.2)
        await call.hangup()
        await phone.event("CALL_CLOSED")
        assert strength(b"".join(heard.frames[-25:]), 400) > 0.9
        assert strength(phone.heard(), 450) > 0.9
    assert call.report().disposition == "ANSWERED"


async def test_an_account_at_the_exchange_calls_a_telephone_by_its_number(
    start_hotline: StartHotline, exchange: Kamailio, tmp_path: Path
) -> None:
    account = {"name": "house", "user": "9000", "domain": exchange.domain, "register_every": 0}
    hotline = await start_hotline(accounts=[{**account, "password": "none"}])
    async with ended(await baresip_at(exchange, tmp_path, "8001")) as phone:
        call = await hotline.telephony.dial(DialOrder(to="8001", linkedid="", purpose="operator", timeout=6))
        heard = Listener(call)
        await hotline.until(lambda: heard.loudest > 1000)
        await phone.command("hangup")
        await to_the_end(call)
    assert (call.facts.account, call.report().hangup_by) == ("house", "far")


async def test_a_telephone_that_is_not_registered_is_no_answer(hotline: Hotline, exchange: Kamailio) -> None:
    with pytest.raises(DialNoAnswer):
        await hotline.telephony.dial(to_line(exchange, "8001"))


@pytest.mark.parametrize("brand", ["baresip", "linphone"])
async def test_the_hold_key_is_reported_and_what_we_play_waits_for_the_end_of_the_hold(
    hotline: Hotline, exchange: Kamailio, tmp_path: Path, brand: str
) -> None:
    start = baresip_at if brand == "baresip" else linphone_at
    hold, resume = ("hold", "resume") if brand == "baresip" else ("pause", "resume")
    async with ended(await start(exchange, tmp_path, "8001")) as phone:
        call = await hotline.telephony.dial(to_line(exchange, "8001"))
        heard = Listener(call)
        await hotline.until(lambda: heard.loudest > 1000)
        await phone.command(hold)
        await wait_for(call, Held)
        number = call.play([Tone(ToneName.BEEP)])
        # Longer than silence is noticed: a telephone on hold need not send anything.
        await asyncio.sleep(NOTICE + 0.8)
        await phone.command(resume)
        events = [await asyncio.wait_for(call.next_event(), 5) for _ in range(2)]
        assert [type(event).__name__ for event in events] == ["Resumed", "PromptEnded"]
        assert getattr(events[1], "playback", None) == number and getattr(events[1], "completed", False)
        heard.frames.clear()
        await hotline.until(lambda: heard.loudest > 1000)
        await call.hangup()


@pytest.mark.parametrize("brand", ["baresip", "linphone"])
async def test_the_transfer_key_is_passed_on_and_an_accepted_transfer_ends_the_telephones_call(
    hotline: Hotline, exchange: Kamailio, tmp_path: Path, brand: str
) -> None:
    start = baresip_at if brand == "baresip" else linphone_at
    async with ended(await start(exchange, tmp_path, "8001")) as phone:
        call = await hotline.telephony.dial(to_line(exchange, "8001"))
        await asyncio.sleep(0.5)
        await phone.command(f"transfer {exchange.address('8002')}")
        asked = await wait_for(call, TransferAsked)
        assert asked == TransferAsked(to=exchange.address("8002"))
        await call.settle_transfer(accepted=True)
        events = await to_the_end(call)
        assert events[-1] == HungUp(by="near", cause="transferred")
    assert hotline.book.events == []
    assert len(hotline.book.opened_legs) == 1, "the library must call nobody by itself"


async def test_a_refused_transfer_leaves_the_telephone_in_its_call_until_it_hangs_up(
    hotline: Hotline, exchange: Kamailio, tmp_path: Path
) -> None:
    async with ended(await linphone_at(exchange, tmp_path, "8001")) as phone:
        call = await hotline.telephony.dial(to_line(exchange, "8001"))
        heard = Listener(call)
        await hotline.until(lambda: heard.loudest > 1000)
        await phone.command(f"transfer {exchange.address('8002')}")
        await wait_for(call, TransferAsked)
        await call.settle_transfer(accepted=False)
        await call.settle_transfer(accepted=True)
        await asyncio.sleep(0.8)
        assert not call.over
        await phone.command("terminate")
        events = await to_the_end(call)
    assert events[-1] == HungUp(by="far", cause="normal")


async def test_a_leg_that_may_not_transfer_is_refused_and_recorded(
    hotline: Hotline, exchange: Kamailio, tmp_path: Path
) -> None:
    async with ended(await linphone_at(exchange, tmp_path, "8001")) as phone:
        call = await hotline.telephony.dial(to_line(exchange, "8001", may_transfer=False))
        await asyncio.sleep(0.5)
        await phone.command(f"transfer {exchange.address('8002')}")
        await hotline.until(lambda: hotline.book.events == ["TRANSFER_REFUSED"])
        assert hotline.telephony.status().counters.transfers_refused == 1
        await call.hangup()


async def test_an_attended_transfer_takes_the_place_of_the_telephones_own_call(
    hotline: Hotline, exchange: Kamailio, tmp_path: Path
) -> None:
    async with (
        ended(await linphone_at(exchange, tmp_path, "8001")) as operator,
        ended(await linphone_at(exchange, tmp_path, "8002")) as third,
    ):
        call = await hotline.telephony.dial(to_line(exchange, "8001"))
        await asyncio.sleep(0.5)
        await operator.command("pause")
        await wait_for(call, Held)
        await operator.command(f"call {exchange.address('8002')}")
        await asyncio.sleep(1.5)
        await operator.command("transfer 1 --to-call 2")
        asked = await wait_for(call, TransferAsked)
        assert "to-tag=" in asked.replaces and "from-tag=" in asked.replaces
        # A To header carries no port (RFC 3261 section 19.1.1), and the telephone names what stood there.
        assert asked.to == f"sip:8002@{HOST}"
        target = await hotline.telephony.dial(
            DialOrder(
                to=exchange.address("8002"),
                linkedid="",
                purpose="transfer",
                timeout=6,
                replaces=asked.replaces,
            )
        )
        heard = Listener(target)
        await call.settle_transfer(accepted=True)
        await hotline.until(lambda: heard.loudest > 1000)
        assert third.said("Call 1 with sip:8001@127.0.0.1 ended"), "its call with the operator was replaced"
        await target.hangup()


async def test_a_telephone_that_vanishes_is_noticed_in_time_and_its_partner_stays_up(
    hotline: Hotline, exchange: Kamailio, tmp_path: Path
) -> None:
    async with (
        ended(await baresip_at(exchange, tmp_path, "8001")) as phone,
        ended(await baresip_at(exchange, tmp_path, "8002")),
    ):
        call = await hotline.telephony.dial(to_line(exchange, "8001"))
        other = await hotline.telephony.dial(to_line(exchange, "8002"))
        await call.bridge(other)
        heard = Listener(call)
        await hotline.until(lambda: heard.loudest > 1000)
        await phone.vanish()
        gone = hotline.clock.monotonic()
        await wait_for(call, Interrupted)
        noticed = hotline.clock.monotonic() - gone
        assert NOTICE - 0.1 < noticed < NOTICE + 0.5
        await call.hangup("lost")
        await wait_for(other, BridgeEnded)
        assert not other.over
        await other.hangup()


async def test_sound_that_comes_again_is_reported(
    hotline: Hotline, exchange: Kamailio, tmp_path: Path
) -> None:
    async with ended(await baresip_at(exchange, tmp_path, "8001")) as phone:
        call = await hotline.telephony.dial(to_line(exchange, "8001"))
        heard = Listener(call)
        await hotline.until(lambda: heard.loudest > 1000)
        phone.freeze()
        await wait_for(call, Interrupted)
        phone.thaw()
        await wait_for(call, Restored)
        await call.hangup()


async def test_both_ends_of_a_bridge_hang_up_at_once(
    hotline: Hotline, exchange: Kamailio, tmp_path: Path
) -> None:
    async with (
        ended(await baresip_at(exchange, tmp_path, "8001")) as one,
        ended(await baresip_at(exchange, tmp_path, "8002")) as two,
    ):
        first = await hotline.telephony.dial(to_line(exchange, "8001"))
        second = await hotline.telephony.dial(to_line(exchange, "8002"))
        await first.bridge(second)
        await asyncio.sleep(0.5)
        await asyncio.gather(one.command("hangup"), two.command("hangup"))
        endings = await asyncio.gather(to_the_end(first), to_the_end(second))
    assert [events[-1] for events in endings] == [HungUp(by="far", cause="normal")] * 2
    assert hotline.telephony.status().channels.total == 0
    assert hotline.media.counters.legs == 0
    assert hotline.media.counters.failed_legs == 0


async def test_two_telephones_hear_each_other_through_a_bridge(
    hotline: Hotline, exchange: Kamailio, tmp_path: Path
) -> None:
    async with (
        ended(await baresip_at(exchange, tmp_path, "8001")) as one,
        ended(await linphone_at(exchange, tmp_path, "8002")),
    ):
        first = await hotline.telephony.dial(to_line(exchange, "8001"))
        second = await hotline.telephony.dial(to_line(exchange, "8002"))
        first.start_recording(tmp_path / "first.wav")
        await first.bridge(second)
        heard = Listener(first)
        await hotline.until(lambda: heard.loudest > 1000)
        await asyncio.sleep(1.5)
        await first.hangup()
        await one.event("CALL_CLOSED")
        assert strength(one.heard()[-16000:], 800) > 0.5
        await second.hangup()
