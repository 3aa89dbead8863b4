"""A service that says everything that no person should be shown as it is: for the tests of what shows it.

It is started by a node, as the example in examples/services/greeter is, and serves a game and its commands.
"""

import asyncio
import os
import socket
import sys
from pathlib import Path

import capnp

sys.tracebacklimit = 0
SCHEMAS = Path(os.environ["CAPOS_SCHEMA"])
STANDARD = [str(Path(capnp.__file__).parent.parent)]
service = capnp.load(str(SCHEMAS / "service.capnp"))
paperclips = capnp.load(str(SCHEMAS / "paperclips.capnp"), imports=STANDARD)
commands = capnp.load(str(SCHEMAS / "commands.capnp"), imports=STANDARD)

MARKUP = "<img src=x onerror='window.broken=1'><script>window.broken=1</script><b>bold</b>"
ESCAPES = "\x1b[31mred\x1b[0m\x1b]0;title\x07\x9b2J\r\b"
REORDERED = "\u202egnp.exe\u202c \u2066inside\u2069 \u200f\u200bhidden\ufeff"
EVIL = MARKUP + ESCAPES + REORDERED
LONG = "A" * (1 << 20)


class Game(paperclips.PaperclipsGame.Server):
    async def initial(self, **_):
        return EVIL + LONG

    async def status_context(self, call):
        snapshot = call.results.init("snapshot")
        snapshot.stageLabel = EVIL + LONG
        snapshot.clipsTotal = snapshot.fundsCents = (1 << 64) - 1
        snapshot.currencyFractionWidth = (1 << 64) - 1
        events = snapshot.init("recentEvents", 500)
        for place in range(500):
            events[place].sequence, events[place].label, events[place].detail = place, EVIL, EVIL

    async def projects_context(self, call):
        projects = call.results.init("list").init("projects", 3)
        for place, name in enumerate(["plain", EVIL, "B" * 4096]):
            projects[place].id, projects[place].label = name, EVIL
            projects[place].description, projects[place].renderedCost = LONG, EVIL
            projects[place].status = "ready"


class Surface(commands.CommandSurface.Server):
    def fill(self, menu):
        menu.title, menu.status = EVIL, LONG
        menu.revision = 1
        specs = menu.init("commands", 3)
        for place, name in enumerate(["project", EVIL, "again"]):
            specs[place].name, specs[place].label, specs[place].summary, specs[place].group = name, EVIL, EVIL, EVIL
            specs[place].available = True
        parameter = specs[0].init("parameters", 1)[0]
        parameter.name, parameter.label = "id", EVIL
        choices = parameter.type.init("choice", 2)
        for place, value in enumerate(["plain", EVIL]):
            choices[place].value, choices[place].label = value, EVIL

    async def menu_context(self, call):
        self.fill(call.results.init("menu"))

    async def invoke_context(self, call):
        outcome = call.results.init("outcome")
        outcome.done, outcome.text = True, EVIL + LONG
        self.fill(outcome.init("menu"))


class Service(service.Service.Server):
    async def begin(self, **_):
        return []

    async def open_context(self, call):
        call.results.facet = Surface() if call.params.export.endswith("_commands") else Game()

    async def health(self, **_):
        return True, EVIL

    async def drain(self, **_):
        """There is nothing to keep."""


async def main():
    one, connections = Service(), set()

    async def serve(stream):
        connection = capnp.TwoPartyServer(stream, bootstrap=one)
        connections.add(connection)
        await connection.on_disconnect()
        connections.discard(connection)

    for descriptor in range(3, 3 + int(os.environ.get("LISTEN_FDS", 0))):
        inherited = socket.socket(fileno=descriptor)
        if inherited.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            await capnp.AsyncIoStream.create_unix_server(serve, sock=inherited)
        else:
            stream = await capnp.AsyncIoStream.create_unix_connection(sock=inherited)
            connections.add(asyncio.create_task(serve(stream)))
    print(ESCAPES, flush=True)
    await asyncio.Event().wait()


asyncio.run(capnp.run(main()))
