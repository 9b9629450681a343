"""Runs a house: listening socket, HTTP server, start and graceful stop."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import uvicorn

from beffroi.app.house import House, build
from beffroi.app.lock import FolderLock
from beffroi.app.settings import Settings
from beffroi.serve import logs
from beffroi.vocabulary.errors import InvalidInputError


class _Server(uvicorn.Server):
    """Says when it answers, and ends the event streams first when stopping: they would hold it up for long."""

    def __init__(self, config: uvicorn.Config, *, on_start: Callable[[], None], on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_start, self._on_stop = on_start, on_stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start taking requests, then say so."""
        await super().startup(sockets)
        self._on_start()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGINT and SIGTERM as wishes to stop; unlike its parent do not raise them again afterwards: the house
        still has to stop its workers and write what is waiting.
        """
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop taking requests, end streams, let the rest finish."""
        self._on_stop()
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        InvalidInputError: port in use, not allowed, or no such address; says how to mend it.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError:
        mend = "Give an address of this machine, such as 127.0.0.1 or 0.0.0.0."
        raise InvalidInputError(f"there is no address {host!r}", where="server.host", mend=mend) from None
    opened = socket.socket(found[0], socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(found[4])
        opened.listen(512)
    except OSError as error:
        opened.close()
        raise _explained(error, host, port) from None
    opened.set_inheritable(False)
    return opened


def _explained(error: OSError, host: str, port: int) -> InvalidInputError:
    """Why a port cannot be listened on, in words."""
    if error.errno == errno.EADDRINUSE:
        what = f"port {port} of {host} is in use"
        mend = f"Choose another with --port, or stop the program that has it (ss -ltnp 'sport = :{port}')."
    elif error.errno in (errno.EACCES, errno.EPERM):
        what = f"this account may not listen on port {port}"
        mend = "Choose a port from 1024 on with --port, and let a reverse proxy serve 443."
    elif error.errno == errno.EADDRNOTAVAIL:
        what = f"{host} is no address of this machine"
        mend = "Use 127.0.0.1, or 0.0.0.0 for all addresses."
    else:
        what, mend = f"cannot listen on {host}:{port}: {error.strerror}", "Check the address and the port."
    return InvalidInputError(what, where="server.port", mend=mend)


def address_of(opened: socket.socket) -> str:
    """The address to type into a browser."""
    host, port = opened.getsockname()[:2]
    shown = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)  # noqa: S104  (read, not bound)
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def run(
    settings: Settings, *, prepare: Callable[[House], None] | None = None, ready: Callable[[str], None] | None = None
) -> None:
    """Serve until the process is told to stop. ``ready`` gets the address once requests are answered.

    Raises:
        BeffroiError: the port, the folder or the store cannot be used.
    """
    logs.set_up(level=settings.log.level, as_json=settings.log.form == "json")
    lock = FolderLock(settings.data)
    lock.take()
    try:
        with closing(listen(settings.server.host, settings.server.port)) as opened:
            house = build(settings)
            if prepare is not None:
                prepare(house)
            with asyncio.Runner(loop_factory=_loop) as runner:
                runner.run(_serve(house, opened, ready))
    finally:
        lock.release()


def _loop() -> asyncio.AbstractEventLoop:
    """Uvloop where there is one."""
    try:
        import uvloop  # optional: Linux only
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def _on_signals(server: uvicorn.Server) -> None:
    """The first signal stops gracefully, the second at once."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.handle_exit, number, None)


async def _serve(house: House, opened: socket.socket, ready: Callable[[str], None] | None) -> None:
    given = house.settings.server
    config = uvicorn.Config(
        house.asgi,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=list(given.trusted_proxies),
        timeout_graceful_shutdown=max(1, round(given.stop_within_s)),
        ws_max_size=65_536,
        lifespan="off",
    )
    server = _Server(config, on_start=lambda: ready(address_of(opened)) if ready else None, on_stop=house.hub.stop)
    _on_signals(server)
    await house.start()
    try:
        await server.serve(sockets=[opened])
    finally:
        await house.stop()
