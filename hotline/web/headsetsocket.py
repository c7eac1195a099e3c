"""One headset's WebSocket: media to the gateway, deeds to the desk, the desk's news to the headset.

Nothing a headset sends can end more than its own connection; a gateway or calls process that is away is said
and waited for, while the connection stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from hotline.call.errors import EnvironmentFault, HotlineError
from hotline.call.ports import Presence
from hotline.headsets import protocol
from hotline.headsets.signalling import Introduction, Wire, call_gateway
from hotline.web.headsetparts import DESK, HeadsetParts

log = structlog.get_logger(__name__)

SILENT_AFTER = 3 * protocol.PING_EVERY
"""Seconds without any message after which a headset counts as gone."""
GATEWAY_AGAIN = 1.0
MOST_BAD_MESSAGES = 20
MOST_DEEDS = 8
"""Deeds of one headset under way; more are refused: people do not click that fast."""
_MOST_WAITING = 500
"""Messages that wait for a headset that does not read; then it is cut off."""
_GONE = (WebSocketDisconnect, RuntimeError, OSError)
"""How sending fails when the headset is gone at the same moment."""
_MEDIA = (protocol.Offer, protocol.PickUp, protocol.HangUp, protocol.Key, protocol.Mute)


class HeadsetSocket:
    """An accepted WebSocket of an operator whose token was checked."""

    def __init__(self, socket: WebSocket, parts: HeadsetParts, who: Introduction) -> None:
        """Serve it in :meth:`run`."""
        self._socket = socket
        self._parts = parts
        self._who = who
        self._out: asyncio.Queue[str | None] = asyncio.Queue(_MOST_WAITING)
        self._gateway: Wire | None = None
        self._gateway_tried = False
        self._early: protocol.Offer | None = None
        """An offer that came while the gateway was being called for the first time."""
        self._deeds: set[asyncio.Task[None]] = set()
        self._bad = 0
        self._talking = False
        self._close_code = 1000

    async def run(self) -> None:
        """Serve until either side ends it."""
        news = self._parts.news
        self._say(
            protocol.Hello(operator=self._who.operator, estate=self._who.estate, ice=self._ice_servers())
        )
        news.listen(self._who.operator, self._show)
        self._begin(self._ask_state())
        tasks = [
            asyncio.create_task(self._read(), name="headset reads"),
            asyncio.create_task(self._relay(), name="headset media"),
            asyncio.create_task(self._write(), name="headset writes"),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.leave(self._who.operator, self._show)
            if self._gateway is not None:
                self._gateway.close()
            for task in (*tasks, *self._deeds):
                task.cancel()
            await asyncio.gather(*tasks, *self._deeds, return_exceptions=True)
            await self._close()

    def _ice_servers(self) -> tuple[protocol.IceServer, ...]:
        """What cannot be had now is no reason to keep an operator off: most are in the same network."""
        try:
            return tuple(self._parts.ice())
        except EnvironmentFault as fault:
            log.warning("a headset is told of no STUN or TURN server", code=fault.code)
            return ()

    async def _close(self) -> None:
        if self._socket.application_state is WebSocketState.CONNECTED:
            with suppress(
                WebSocketDisconnect, RuntimeError, OSError
            ):  # the headset may be gone at the same moment
                while not self._out.empty():
                    text = self._out.get_nowait()
                    if text is not None:
                        await self._socket.send_text(text)
                await self._socket.close(self._close_code)

    def _say(self, message: protocol.Message) -> None:
        try:
            self._out.put_nowait(message.dump())
        except asyncio.QueueFull:
            log.warning("a headset does not read and is cut off")
            self._end(1013)

    def _end(self, code: int) -> None:
        """Have the connection closed; what was said before is sent first."""
        self._close_code = code
        with suppress(asyncio.QueueFull):
            self._out.put_nowait(None)

    def put_out(self, ran_out: bool) -> None:
        """End it: what let it in holds no more. One that only ran out may finish the talk it is in."""
        if ran_out and self._talking:
            return
        if self._close_code != protocol.CLOSED_TOKEN:
            self._say(_SHUT_OUT)
            self._end(protocol.CLOSED_TOKEN)

    async def _write(self) -> None:
        while (text := await self._out.get()) is not None:
            try:
                await self._socket.send_text(text)
            except _GONE:
                return

    # --- from the headset ------------------------------------------------------------------------

    async def _read(self) -> None:
        while True:
            try:
                async with asyncio.timeout(SILENT_AFTER):
                    text = await self._socket.receive_text()
            except TimeoutError:
                self._close_code = 1001
                return
            except (WebSocketDisconnect, RuntimeError, KeyError):
                return  # gone, or a binary frame: no message of ours
            try:
                self._obey(protocol.parse_from_headset(text))
            except protocol.BadMessage as bad:
                self._bad += 1
                self._say(protocol.Error(code=bad.code, sentence=bad.sentence))
                if self._bad > MOST_BAD_MESSAGES:
                    self._close_code = protocol.CLOSED_MALFORMED
                    return

    def _obey(self, message: protocol.Message) -> None:
        match message:
            case protocol.Ping(id=number):
                self._say(protocol.Pong(id=number))
            case protocol.Do():
                if len(self._deeds) >= MOST_DEEDS:
                    self._refuse(
                        message.id, "too-many-deeds", "Too much at once: wait for what is under way."
                    )
                else:
                    self._begin(self._do(message))
            case _ if isinstance(message, _MEDIA):
                if self._gateway is not None:
                    self._gateway.send(message)
                elif isinstance(message, protocol.Offer) and not self._gateway_tried:
                    self._early = message
                else:
                    self._say(_NO_GATEWAY)

    def _begin(self, deed: Any) -> None:
        task = asyncio.create_task(deed, name="headset deed")
        self._deeds.add(task)
        task.add_done_callback(self._deeds.discard)

    # --- the desk --------------------------------------------------------------------------------

    async def _do(self, message: protocol.Do) -> None:
        try:
            found = await self._ask(message.action, message.fields)
        except HotlineError as refusal:
            self._refuse(message.id, refusal.code, refusal.sentence)
            return
        except Exception:
            log.exception("a headset's deed failed", action=message.action)
            self._refuse(message.id, "failed", "That failed; the log of the web process says why.")
            return
        found.pop("t", None)
        self._say(protocol.Done(**(found | {"id": message.id})))

    def _refuse(self, number: int, code: str, sentence: str) -> None:
        self._say(protocol.Refused(id=number, code=code, sentence=sentence))

    async def _ask(self, action: str, args: Mapping[str, Any]) -> dict[str, Any]:
        whose = {"operator": self._who.operator, "estate": self._who.estate, "action": action}
        found = await self._parts.command(DESK, dict(args) | whose)
        found.pop("id", None)
        return found

    async def _ask_state(self) -> None:
        """Tell the headset how its operator stands; the desk may not be there yet."""
        try:
            self._tell_state(await self._ask("status", {}))
        except HotlineError as refusal:
            self._say(protocol.Error(code=refusal.code, sentence=refusal.sentence))

    def _show(self, state: Mapping[str, Any] | None) -> None:
        """Take the desk's news (:class:`~hotline.web.headsetparts.DeskNews`)."""
        if state is None:
            if len(self._deeds) < MOST_DEEDS:
                self._begin(self._ask_state())
        elif self._who.estate in ("", state.get("estate")) or not state.get("estate"):
            self._tell_state(state)

    def _tell_state(self, state: Mapping[str, Any]) -> None:
        fields = {name: value for name, value in state.items() if name not in ("t", "type")}
        self._talking = fields.get("presence") == Presence.TALKING
        self._say(protocol.Desk(**fields))

    # --- the gateway -----------------------------------------------------------------------------

    async def _relay(self) -> None:
        """Pass on what the gateway says; ends when this headset was taken over."""
        silent = before = False
        while True:
            try:
                gateway = await call_gateway(self._parts.run, self._who)
            except EnvironmentFault as fault:
                self._gateway_tried, self._early = True, None
                if not silent:
                    self._say(protocol.Error(code=fault.code, sentence=fault.sentence))
                silent = True
                await self._parts.clock.sleep(GATEWAY_AGAIN)
                continue
            if silent or before:
                self._say(_GATEWAY_BACK)
            elif self._early is not None:
                gateway.send(self._early)
            self._gateway, silent, before = gateway, False, True
            self._gateway_tried, self._early = True, None
            try:
                while (line := await gateway.line()) is not None:
                    if self._final(line):
                        return
            finally:
                self._gateway = None
                gateway.close()
            await self._parts.clock.sleep(GATEWAY_AGAIN)

    def _final(self, line: bytes) -> bool:
        """Pass one message on; True for one after which there is nothing to come back for."""
        try:
            message = protocol.parse_to_headset(line)
        except protocol.BadMessage:
            log.warning("the gateway sent what is not understood")
            return False
        self._say(message)
        if isinstance(message, protocol.Error) and message.code == "taken-over":
            self._close_code = protocol.CLOSED_TAKEN_OVER
            return True
        return False


_NO_GATEWAY = protocol.Error(
    code="headset-gateway-silent",
    sentence="The process for headsets does not run. `hotline status` says why, and how to install it.",
)
_SHUT_OUT = protocol.Error(
    code="session-ended", sentence="Your session or token was ended: sign in again, or use another token."
)
_GATEWAY_BACK = protocol.Error(
    code="media-lost", sentence="The process for headsets is back; your sound is being connected again."
)
