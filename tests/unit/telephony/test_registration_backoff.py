"""Registration against a registrar made of a list of outcomes, on virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

import baresip
import pytest

from hotline.call.virtual_time import VirtualClock, run_virtual
from hotline.settings import Account
from hotline.telephony.registration import Registration, pause_after
from hotline.telephony.status import AccountState


class Agent:
    """Registers as the script says: ``None`` is accepted, a status refused."""

    def __init__(self, *script: int | None) -> None:
        self.script = list(script)
        self.tried_at: list[float] = []
        self.left = False
        self._listeners: list[Any] = []

    async def register(self, *, timeout: float) -> None:  # noqa: ASYNC109 - the library's own signature
        self.tried_at.append(asyncio.get_running_loop().time())
        status = self.script.pop(0)
        if status is not None:
            raise baresip.RegistrationError("no", status=status, reason="Because")

    async def unregister(self, *, timeout: float) -> None:  # noqa: ASYNC109 - the library's own signature
        self.left = True

    def on(self, listener: Any) -> None:
        self._listeners.append(listener)

    def off(self, listener: Any) -> None:
        self._listeners.remove(listener)

    def fail_refresh(self) -> None:
        for listener in self._listeners:
            listener(baresip.StackEvent(baresip.Event.REGISTER_FAIL, text="503 Service Unavailable"))


ACCOUNT = Account(name="trunk", user="1", domain="pbx")


@pytest.mark.parametrize(
    ("failures", "jitter", "pause"), [(1, 1, 2), (1, 0, 1), (2, 1, 4), (3, 1, 8), (7, 1, 120), (99, 1, 120)]
)
def test_pauses_double_up_to_two_minutes(failures: int, jitter: float, pause: float) -> None:
    assert pause_after(failures, jitter=jitter) == pause


def test_an_account_is_tried_again_until_it_is_registered() -> None:
    agent = Agent(503, 408, 403, None)

    async def scenario() -> None:
        registration = Registration(ACCOUNT, agent, VirtualClock(), jitter=lambda: 1.0)  # type: ignore[arg-type]
        keeping = asyncio.create_task(registration.keep())
        await asyncio.sleep(7)
        assert registration.status.state is AccountState.FAILED
        assert (registration.status.failures, registration.status.last_error) == (3, "403 Because")
        await asyncio.sleep(10)
        assert registration.status.state is AccountState.REGISTERED
        await registration.leave()
        keeping.cancel()

    run_virtual(scenario())
    assert agent.tried_at == [0, 2, 6, 14]
    assert agent.left


def test_a_refresh_that_fails_begins_anew() -> None:
    agent = Agent(None, 503, None)

    async def scenario() -> None:
        registration = Registration(ACCOUNT, agent, VirtualClock(), jitter=lambda: 1.0)  # type: ignore[arg-type]
        keeping = asyncio.create_task(registration.keep())
        await asyncio.sleep(60)
        agent.fail_refresh()
        assert registration.status.state is AccountState.FAILED
        assert registration.status.last_error == "503 Service Unavailable"
        await asyncio.sleep(60)
        assert registration.status.state is AccountState.REGISTERED
        keeping.cancel()

    run_virtual(scenario())
    assert agent.tried_at == [0, 60, 62]


def test_an_account_without_registration_is_left_alone() -> None:
    agent = Agent()

    async def scenario() -> None:
        account = ACCOUNT.model_copy(update={"register_every": 0})
        registration = Registration(account, agent, VirtualClock())  # type: ignore[arg-type]
        await registration.keep()
        await registration.leave()
        assert registration.status.state is AccountState.UNREGISTERED

    run_virtual(scenario())
    assert not agent.left
