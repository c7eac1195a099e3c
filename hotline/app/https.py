"""HTTPS of the web process: which certificate, renewed while it serves; plain HTTP that leads to it."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

import structlog
import uvicorn
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from hotline.call.clock import Clock
from hotline.call.errors import HotlineError, InvalidInput, Problem
from hotline.home import Home
from hotline.settings import Settings, Web
from hotline.web import certificates, serving
from hotline.web.certificates import Own
from hotline.web.serving import Certificate

log = structlog.get_logger(__name__)

LOOK_EVERY = 3600.0


@dataclass(frozen=True, slots=True)
class Files:
    """What uvicorn is given."""

    chain: Path | None = None
    key: Path | None = None


def files_of(home: Home, web: Web, clock: Clock) -> Files:
    """Return the certificate in service, made where there is none; raises :class:`HotlineError`."""
    match serving.certificate_of(web):
        case Certificate.NONE:
            return Files()
        case Certificate.GIVEN:
            check_given(web)
            return Files(web.certificate, web.key)
        case Certificate.OWN:
            return Files(own(home, web, clock).chain)


def own(home: Home, web: Web, clock: Clock) -> Own:
    """Return the console's own certificate, made or renewed where that is due."""
    return certificates.own(home.tls, serving.names(web), now=clock.now())


def check_given(web: Web) -> None:
    """Raise :class:`InvalidInput` when certificate and key of the settings cannot be served with."""
    try:
        _context(Files(web.certificate, web.key))
    except OSError as error:  # ssl.SSLError is one
        why = (
            error.strerror
            if not isinstance(error, ssl.SSLError)
            else f"no PEM, or not its key ({error.reason})"
        )
        name = error.filename or web.certificate
        sentence = f"{name} cannot be served with: {why}. Name the chain here, its key under web.key"
        raise InvalidInput((Problem("hotline.yaml", 0, "web.certificate", sentence),)) from error


def _context(files: Files) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(files.chain), None if files.key is None else str(files.key))
    return context


class Renewal:
    """Takes up a certificate that was renewed, without a restart: new connections get it."""

    def __init__(self, home: Home, web: Web, clock: Clock, served: ssl.SSLContext) -> None:
        """``served``: the context connections are made with."""
        self._home, self._web, self._clock, self._served = home, web, clock, served
        self._seen = self._stamp(files_of(home, web, clock))

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self._clock.sleep(LOOK_EVERY)
            self.look()

    def look(self) -> bool:
        """Renew what is due and take up what changed; True when it did. One that fails stays out."""
        try:
            files = files_of(self._home, self._web, self._clock)
            stamp = self._stamp(files)
            if stamp == self._seen or files.chain is None:
                return False
            self._served.load_cert_chain(str(files.chain), None if files.key is None else str(files.key))
        except (HotlineError, OSError) as fault:
            log.error("the certificate cannot be taken up, the one before stays", error=type(fault).__name__)
            return False
        self._seen = stamp
        log.info("certificate taken up")
        return True

    @staticmethod
    def _stamp(files: Files) -> tuple[int, ...]:
        return tuple(path.stat().st_mtime_ns for path in (files.chain, files.key) if path is not None)


class BehindProxy:
    """Believes what the named proxies say of the visitor, and serves nobody else from outside."""

    def __init__(self, app: ASGIApp, proxies: tuple[str, ...]) -> None:
        """``proxies``: addresses or networks."""
        self._proxies = [ipaddress.ip_network(one) for one in proxies]
        self.app = app
        self._through = ProxyHeadersMiddleware(app, trusted_hosts=list(proxies))  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket."""
        client = scope.get("client")
        if scope["type"] == "lifespan" or client is None:
            await self.app(scope, receive, send)
            return
        address = ipaddress.ip_address(client[0])
        if any(address in network for network in self._proxies):
            await self._through(scope, receive, send)  # type: ignore[arg-type]
        elif address.is_loopback:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            answer = PlainTextResponse("Open the console by the address of its proxy, over HTTPS.", 403)
            await answer(scope, receive, send)


def redirecting(settings: Settings) -> uvicorn.Config | None:
    """Return a server for plain HTTP that leads to HTTPS, where one is wanted."""
    web = settings.web
    if not web.redirect_from or serving.certificate_of(web) is Certificate.NONE:
        return None
    port = web.listen.rpartition(":")[2]

    async def lead(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        given = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        host = given.rpartition(":")[0] if given.rpartition(":")[2].isdigit() else given
        query = scope["query_string"].decode("latin-1")
        target = f"https://{host or 'localhost'}:{port}{scope['path']}{f'?{query}' if query else ''}"
        await RedirectResponse(target, 308)(scope, receive, send)

    host, _, number = web.redirect_from.rpartition(":")
    return uvicorn.Config(
        lead, host=host.strip("[]"), port=int(number), log_config=None, access_log=False, lifespan="off",
        server_header=False, timeout_graceful_shutdown=1,
    )  # fmt: skip
