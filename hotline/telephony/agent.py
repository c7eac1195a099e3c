"""The SIP user agent: incoming calls out, outgoing legs in, and everything it takes to keep both up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import baresip
import structlog

from hotline import settings
from hotline.call.clock import Clock
from hotline.call.errors import DialFailed, EnvironmentFault
from hotline.call.ports import Call, DialOrder
from hotline.telephony.channels import ChannelBook
from hotline.telephony.gate import Gate
from hotline.telephony.heartbeat import Heartbeat
from hotline.telephony.incoming import Incoming
from hotline.telephony.legs import GuardedSink, LegSink, NoLegSink
from hotline.telephony.liblog import LibraryLog
from hotline.telephony.line import Line
from hotline.telephony.listen import Listening, check_free, read_listening
from hotline.telephony.media import MediaEngine
from hotline.telephony.outcomes import LOST, Dismissal
from hotline.telephony.outgoing import Outgoing, direct_agent
from hotline.telephony.registration import Registration
from hotline.telephony.stack import direct_account, library_config, transports, trunk_account
from hotline.telephony.status import Counters, TelephonyStatus
from hotline.telephony.wire import WireMessage, WireTap

SHUTDOWN = Dismissal("shutdown", "CANCELLED")

_log = structlog.get_logger(__name__)


class SipTelephony:
    """``Telephony`` over the SIP library. One a process; it cannot be started twice.

    The media engine belongs to whoever made it: running before :meth:`start`, stopped after
    :meth:`close`.
    """

    def __init__(
        self, sip: settings.Sip, clock: Clock, media: MediaEngine, *, legs: LegSink | None = None
    ) -> None:
        """Prepare; nothing is opened yet.

        Raises:
            EnvironmentFault: ``sip.listen``, ``sip.rtp_ports`` or the TLS keys cannot work.
        """
        self._sip = sip
        self._clock = clock
        self._listening: Listening = read_listening(sip)
        counters = Counters()
        self._line = Line(
            sip=sip,
            clock=clock,
            media=media,
            sink=GuardedSink(legs) if legs is not None else NoLegSink(),
            gate=Gate(sip, self._listening, clock, counters),
            channels=ChannelBook(sip.channels),
            counters=counters,
        )
        self._runtime = baresip.Runtime()
        self._heartbeat = Heartbeat(self._runtime, media)
        self._arrived: asyncio.Queue[Call | None] = asyncio.Queue()
        self._registrations: list[Registration] = []
        self._agents: dict[str, baresip.UserAgent] = {}
        self._log = LibraryLog()
        self._wire = WireTap(self._wire_from_thread)
        self._incoming: Incoming | None = None
        self._outgoing: Outgoing | None = None
        self._service: asyncio.Task[None] | None = None
        self._serving: asyncio.Future[None] | None = None

    # --- life ---------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the ports, take calls and begin to register.

        Raises:
            EnvironmentFault: a port is taken or cannot be opened, or the library does not start.
        """
        check_free(self._listening)
        self._loop = asyncio.get_running_loop()
        self._log.open()
        self._wire.open()
        self._runtime.on_dead = self.runtime_died
        try:
            await self._runtime.start(library_config(self._sip, self._listening))
            if await self._line.gate.open() == 0:
                raise EnvironmentFault(_no_address(self._listening), code="sip-address")
            self._serving = self._loop.create_future()
            self._service = self._loop.create_task(self._serve(), name="telephony")
            await asyncio.shield(self._serving)
        except BaseException as error:
            await self.close()
            if isinstance(error, baresip.BaresipError | ValueError | TypeError):
                raise EnvironmentFault(
                    f"The SIP library did not start: {error}.", code="sip-start"
                ) from error
            raise
        _log.info("sip listening", address=self._listening.sip, accounts=len(self._sip.accounts))

    async def _serve(self) -> None:
        """Own every task of the user agent until it is cancelled by :meth:`close`."""
        assert self._serving is not None
        try:
            async with asyncio.TaskGroup() as tasks:
                self._incoming = Incoming(self._line, tasks, self._arrived.put_nowait)
                self._outgoing = Outgoing(self._line, tasks, self._runtime, self._agents, self._listening.sip)
                await self._open_accounts(tasks)
                tasks.create_task(self._line.gate.keep(), name="gate")
                self._serving.set_result(None)
        except BaseException as error:
            if not self._serving.done():
                self._serving.set_exception(error)
                return
            raise

    async def _open_accounts(self, tasks: asyncio.TaskGroup) -> None:
        for transport in transports(self._sip):
            line = direct_account(self._sip, self._listening, transport)
            self._agents[direct_agent(transport)] = await self._open_agent("", line, "hotline")
        for account in self._sip.accounts:
            line = trunk_account(account, self._sip)
            agent = await self._open_agent(account.name, line, account.user)
            self._agents[account.name] = agent
            registration = Registration(account, agent, self._clock)
            self._registrations.append(registration)
            tasks.create_task(registration.keep(), name=f"registration {account.name}")

    async def _open_agent(self, account: str, line: str, user: str) -> baresip.UserAgent:
        # Which leg's far end may ask for a transfer is the order's affair: every wish comes to its leg.
        agent = await baresip.UserAgent.create(self._runtime, line, transfer_policy="manual")
        assert self._incoming is not None
        incoming = self._incoming
        agent.on_incoming(lambda native: incoming.offer(account, user, native))
        return agent

    async def drain(self, seconds: float) -> None:
        """Take no new calls; let the running ones finish that long, then end them."""
        self._line.draining = True
        until = self._clock.monotonic() + seconds
        while len(self._line.dialogs) and self._clock.monotonic() < until:
            await self._clock.sleep(0.1)
        await asyncio.gather(*(leg.dismiss(SHUTDOWN) for leg in self._line.dialogs))
        self._arrived.put_nowait(None)

    async def close(self) -> None:
        """End what is still up, leave the registrars and give the ports back. May be called again."""
        self._line.draining = True
        await asyncio.gather(*(leg.dismiss(SHUTDOWN) for leg in self._line.dialogs))
        self._arrived.put_nowait(None)
        await asyncio.gather(*(registration.leave() for registration in self._registrations))
        if self._service is not None:
            self._service.cancel()
            await asyncio.gather(self._service, return_exceptions=True)
            self._service = None
        self._line.gate.close()
        try:
            await self._runtime.close()
        except baresip.BaresipError as error:
            # Dead or never begun: the process is about to end, and its sockets with it.
            _log.warning("sip library not closed", reason=str(error))
        self._wire.shut()
        self._log.shut()

    def runtime_died(self) -> None:
        """Close every leg as lost. The library calls it; only a new process can take calls again."""
        _log.critical("sip thread died", calls=len(self._line.dialogs))
        for leg in self._line.dialogs:
            leg.finish(LOST)

    # --- calls --------------------------------------------------------------------------

    async def calls(self) -> AsyncIterator[Call]:
        """Yield each incoming call as it rings; ends when draining is over."""
        while (call := await self._arrived.get()) is not None:
            yield call

    async def dial(self, order: DialOrder) -> Call:
        """Ring until answered; see :class:`hotline.call.ports.Dialer`.

        Raises:
            DialFailed: or one of its kinds, when the leg was not answered.
        """
        if self._line.draining or self._outgoing is None:
            raise DialFailed("The hotline is shutting down and places no more calls.")
        return await self._outgoing.dial(order)

    def _wire_from_thread(self, message: WireMessage) -> None:
        """LOG THREAD of the library: hand a traced message to the event loop."""
        try:
            self._loop.call_soon_threadsafe(self._on_wire, message)
        except RuntimeError:
            return  # the loop is closed: the process is ending

    def _on_wire(self, message: WireMessage) -> None:
        if self._incoming is not None:
            self._incoming.on_wire(message)

    # --- what is seen -------------------------------------------------------------------

    def status(self) -> TelephonyStatus:
        """One glance at the user agent."""
        return TelephonyStatus(
            listening=self._listening.sip,
            addresses=self._line.gate.addresses,
            channels=self._line.channels.taken,
            channel_limit=self._sip.channels.total,
            accounts=tuple(registration.status for registration in self._registrations),
            counters=self._line.counters,
            shut_out=self._line.gate.shut_out,
            draining=self._line.draining,
        )

    async def ping(self) -> bool:
        """Return True when the SIP thread and the media thread are alive; takes at most 0.6 s."""
        if self._service is None or self._service.done():
            return False
        return await self._heartbeat.beat()


def _no_address(listening: Listening) -> str:
    return (
        f"The SIP library found no network address to listen on for {listening.sip}. Connect a network, "
        f"or take calls from this machine alone with --sip 127.0.0.1:{listening.port}."
    )
