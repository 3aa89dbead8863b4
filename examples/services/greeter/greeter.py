#!/usr/bin/env python3
"""A service of capOS Remote in Python: it greets those whom the node sends, and counts how often.

It serves the interface `Service` of service.capnp on the sockets it is started with (LISTEN_FDS), as the node's runner
gives them. It knows nothing else of the node, and of its visitors only what its profile discloses.
"""
import asyncio
import json
import logging
import os
import signal
import socket
import sys
import weakref
from pathlib import Path

import capnp

# pycapnp sends the traceback of an exception to the caller: without this, with the paths of this file.
sys.tracebacklimit = 0

HERE = Path(__file__).resolve().parent
SCHEMAS = Path(os.environ.get("CAPOS_SCHEMA", HERE / "../../../crates/schema/schema"))
HOME = Path(os.environ["HOME"])
service = capnp.load(str(SCHEMAS / "service.capnp"))
greeter = capnp.load(str(HERE / "greeter.capnp"), imports=[str(Path(capnp.__file__).parent.parent)])


class Seat:
    """One session: what its facets share. It goes when the last of them is released."""

    def __init__(self, context):
        told = {str(fact) for fact in context.disclosed}
        self.name = context.displayName if "displayName" in told else "stranger"
        pseudonym = context.pseudonym.hex() if "pseudonym" in told else ""
        # A guest has no pseudonym: what is kept for one dies with the session.
        self.file = HOME / f"visits-{pseudonym}.json" if pseudonym else None
        self.visits, self.lines, self.bytes = 0, 0, 0

    def visit(self):
        # From the file each time: another session of the same person may have been here.
        if self.file and self.file.exists():
            self.visits = json.loads(self.file.read_text())["visits"]
        self.visits += 1
        if self.file:
            fresh = self.file.with_suffix(".new")
            fresh.write_text(json.dumps({"visits": self.visits}))
            fresh.replace(self.file)
        return self.visits


class Greeter(greeter.Greeter.Server):
    def __init__(self, seat):
        self.seat = seat

    async def hello(self, greeting, **_):
        return f"{greeting or 'Hello'}, {self.seat.name}!", self.seat.visit()

    async def counter(self, start, **_):
        return Counter(start)

    async def countdown(self, start, listener, **_):
        for number in range(min(start, 1000), -1, -1):
            await listener.tick(number)
        return min(start, 1000) + 1

    async def note(self, line, **_):
        self.seat.lines += 1
        self.seat.bytes += len(line)

    async def noted(self, **_):
        return self.seat.lines, self.seat.bytes


class Counter(greeter.Counter.Server):
    def __init__(self, value):
        self.value = value

    async def increment(self, by, **_):
        self.value += by
        return self.value


class Service(service.Service.Server):
    """What the node calls. One for all connections: the node makes one for each of its threads."""

    def __init__(self):
        self.seats = weakref.WeakValueDictionary()

    async def begin(self, grants, **_):
        return ["displayName", "pseudonym"]

    async def open_context(self, call):
        if call.params.export != "greeter":
            raise ValueError("badRequest: there is no such export")
        context = call.params.context
        seat = self.seats.get(context.reference) or Seat(context)
        self.seats[context.reference] = seat
        call.results.facet = Greeter(seat)

    async def health(self, **_):
        return os.access(HOME, os.W_OK), ""

    async def drain(self, **_):
        """Every visit is on the disk already."""


async def main():
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    one = Service()
    connections = set()

    async def serve(stream):
        connection = capnp.TwoPartyServer(stream, bootstrap=one)
        connections.add(connection)
        await connection.on_disconnect()
        connections.discard(connection)

    if os.environ.get("LISTEN_PID", str(os.getpid())) != str(os.getpid()):
        raise SystemExit("the sockets in LISTEN_FDS are another process's")
    for descriptor in range(3, 3 + int(os.environ.get("LISTEN_FDS", 0))):
        inherited = socket.socket(fileno=descriptor)
        if inherited.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            await capnp.AsyncIoStream.create_unix_server(serve, sock=inherited)
        else:
            connections.add(asyncio.create_task(serve(await capnp.AsyncIoStream.create_unix_connection(sock=inherited))))
    if "LISTEN_FDS" not in os.environ:
        raise SystemExit("there is no socket to serve; by hand: systemd-socket-activate -l /tmp/greeter.sock " + __file__)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    logging.info("serving")
    await ended.wait()


asyncio.run(capnp.run(main()))
