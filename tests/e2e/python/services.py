"""A foreign client of confined services: chat with a listener, both games to their ends, and a service in Python.

usage: services.py JSON

{"schemas": FOLDER, "greeter": FILE, "host": HOST, "port": PORT, "node": HEX, "password": TEXT,
 "alice": NAME, "bob": NAME, "prover": NAME, "adventure": FILE, "paperclips": FILE}

It prints one line for each check and ends with 0 when all hold.
"""

import asyncio
import json
import os
import sys

import capnp

from foreign import STANDARD_SCHEMAS, Connection, Schemas, denied

# A check that takes longer hangs.
PATIENCE = 60


class Place:
    """Where the node is, and whom to be."""

    def __init__(self, settings):
        self.settings, self.schemas = settings, Schemas(settings["schemas"])
        for name in ("adventure", "commands", "paperclips"):
            path = os.path.join(settings["schemas"], name + ".capnp")
            setattr(self.schemas, name, capnp.load(path, imports=[STANDARD_SCHEMAS]))
        # A session that nobody has any more takes its connection with it.
        self.sessions = []
        self.greeter = capnp.load(settings["greeter"], imports=[STANDARD_SCHEMAS])

    async def session(self, who):
        address = (self.settings["host"], self.settings["port"], bytes.fromhex(self.settings["node"]))
        connection = await Connection.plain(self.schemas, *address)
        self.sessions.append(await connection.by_password(self.settings[who], self.settings["password"]))
        return self.sessions[-1]

    async def get(self, session, name, interface):
        return await session.get(name, interface.schema.node.id, interface)

    async def launch(self, session, profile, *grants):
        runner = await self.get(session, "runner", self.schemas.catalog.RemoteServiceRunner)
        return (await runner.start(request={"profileId": profile, "grantNames": list(grants)})).status


class Listener:
    """A listener that hands on what it is told."""

    def __init__(self, schemas):
        self.heard = asyncio.Queue()

        class Server(schemas.chat.ChatListener.Server):
            async def events(server, events, missed, **_):
                for event in events:
                    self.heard.put_nowait((event.channel, event.sender, str(event.kind), event.text))

        self.capability = Server()

    async def until(self, wanted):
        while (event := await self.heard.get()) != wanted:
            pass


async def chat_reaches_a_listener_and_nobody_speaks_as_another(place):
    chat = place.schemas.chat.Chat
    alice = await place.get(await place.session("alice"), "chat", chat)
    bob = await place.get(await place.session("bob"), "chat", chat)
    assert not (await alice.send("lobby", "too early")).sent
    assert (await alice.join("lobby", "alice")).joined
    listener = Listener(place.schemas)
    subscription = (await alice.subscribe(listener.capability)).subscription
    assert not (await bob.join("lobby", "alice")).joined
    assert (await bob.join("lobby", "bob")).joined
    await listener.until(("lobby", "bob", "joined", ""))
    assert (await bob.send("lobby", "hello over there")).sent
    await listener.until(("lobby", "bob", "message", "hello over there"))
    assert sorted((await alice.who("lobby")).members) == ["alice", "bob"]
    del subscription


async def a_service_in_python_knows_its_caller_by_what_is_disclosed(place):
    session = await place.session("alice")
    assert (await place.launch(session, "greeter")).status == "running"
    assert "greeter" in await session.granted()
    greeter = await place.get(session, "greeter", place.greeter.Greeter)
    first, second = await greeter.hello("Good day"), await greeter.hello("Good day")
    assert first.text == "Good day, " + place.settings["alice"] + "!", first.text
    assert (first.visits, second.visits) == (1, 2)
    runner = await place.get(session, "runner", place.schemas.catalog.RemoteServiceRunner)
    await runner.stop("greeter")
    assert "greeter" not in await session.granted()
    async with denied("revoked", "unknownCap", "serviceUnavailable"):
        await greeter.hello()


async def the_adventure_is_played_to_its_end(place):
    session = await place.session("alice")
    status = await place.launch(session, "adventure")
    assert status.status == "running", status
    adventure = await place.get(session, "adventure", place.schemas.adventure.Adventure)
    with open(place.settings["adventure"]) as file:
        steps = [line.split() for line in file]
    said = [getattr(await getattr(adventure, method)(*words), "text", "") for method, *words in steps]
    assert any("THE END" in text for text in said), said[-3:]


async def paperclips_is_played_to_its_end(place):
    session = await place.session("prover")
    status = await place.launch(session, "paperclips", "proof_accelerator")
    assert status.status == "running", status.message
    game = await place.get(session, "paperclips", place.schemas.paperclips.PaperclipsGame)
    with open(place.settings["paperclips"]) as file:
        steps = json.load(file)
    for step in steps:
        if "tick" in step:
            await game.tick(step["tick"])
        else:
            await game.command(step["command"])
    assert (await game.status()).snapshot.finalConversionComplete


async def an_ordinary_player_cannot_skip_time(place):
    session = await place.session("bob")
    assert (await place.launch(session, "paperclips")).status == "running"
    game = await place.get(session, "paperclips", place.schemas.paperclips.PaperclipsGame)
    await game.command("make")
    await game.tick(60_000)
    assert (await game.status()).snapshot.clipsTotal == 0


CHECKS = [
    chat_reaches_a_listener_and_nobody_speaks_as_another,
    a_service_in_python_knows_its_caller_by_what_is_disclosed,
    an_ordinary_player_cannot_skip_time,
    paperclips_is_played_to_its_end,
    the_adventure_is_played_to_its_end,
]


async def main(settings):
    place = Place(settings)
    for check in CHECKS:
        await asyncio.wait_for(check(place), PATIENCE)
        print(check.__name__.replace("_", " "))


asyncio.run(capnp.run(main(json.loads(sys.argv[1]))))
