"""A bot for the chat of a node on this machine, written from the published schemas alone.

    python3 examples/chat_bot.py PORT ACCOUNT [--channel lobby] [--handle clock] < password

It answers `!time`, `!who` and `!help`, and direct messages with the same words. Its password is asked for on a terminal,
else it is the first line of standard input.
"""
import argparse, asyncio, getpass, sys, time
from pathlib import Path

import capnp

SCHEMAS = Path(__file__).resolve().parent.parent / "crates/schema/schema"
gateway, wire = (capnp.load(str(SCHEMAS / f"{name}.capnp")) for name in ("gateway", "chat"))


class Listener(wire.ChatListener.Server):
    """Is told what happens, some events at a time. The next come when it has answered, so it does nothing slow."""

    def __init__(self, inbox):
        self.inbox = inbox

    async def events(self, events, missed, _context, **_):
        if missed:
            print(f"{missed} events were missed", file=sys.stderr)
        for event in events:
            # What is in a call's parameters is gone when it has been answered.
            self.inbox.put_nowait((event.channel, event.sender, str(event.kind), event.text))


class Bot:
    """A seat in the chat, and what it says when it is asked."""

    def __init__(self, chat, channel):
        self.chat, self.channel, self.handle = chat, channel, None
        self.inbox = asyncio.Queue()
        # For as long as this is held, and no longer, the listener is told.
        self.subscription = chat.subscribe(Listener(self.inbox)).subscription

    async def join(self, handle=""):
        if not (await self.chat.join(self.channel, handle)).joined:
            raise SystemExit(f"{handle or 'this bot'} cannot join {self.channel}")

    async def answer(self, words):
        match words:
            case ["!time"]:
                return time.strftime("%H:%M:%S UTC", time.gmtime())
            case ["!who"]:
                return "here: " + ", ".join((await self.chat.who(self.channel)).members)
            case ["!help"]:
                return "!time !who !help"

    async def hear(self, channel, sender, kind, text):
        if kind == "joined" and self.handle is None:
            # The first to come after the subscription is the bot itself: so it learns its handle.
            self.handle = sender
            print(f"in {channel} as {sender}", flush=True)
        elif kind == "message" and sender != self.handle:
            said = await self.answer(text.split())
            if said:
                # A direct message comes from the channel named `@` and the sender: the answer goes there, too.
                await self.chat.send(channel, said)

    async def run(self):
        while True:
            try:
                await self.hear(*await self.inbox.get())
            except capnp.KjException as refused:
                # Too fast for its rate, for instance. Anything that ends the session ends the bot.
                if "quotaExceeded" not in str(refused):
                    raise
                await asyncio.sleep(1)


async def sign_in(port, account, password):
    """Gives the chat that a session holds, and what keeps it alive."""
    stream = await capnp.AsyncIoStream.create_connection("127.0.0.1", port)
    client = capnp.TwoPartyClient(stream)
    node = client.bootstrap().cast_as(gateway.RemoteSessionGateway)
    start = {"kind": "password", "selector": {"kind": "accountName", "value": account.encode()}}
    flow = node.start(start).flow
    await flow.next(b"")
    signed_in = await flow.next(password.encode())
    if not signed_in.done:
        raise SystemExit("this account has to set a new password first")
    chat = (await signed_in.session.capSet().caps.get("chat", wire.Chat.schema.node.id)).cap.as_interface(wire.Chat)
    return chat, (client, signed_in.session)


async def main(arguments):
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    chat, _held = await sign_in(arguments.port, arguments.account, password)
    bot = Bot(chat, arguments.channel)
    await bot.join(arguments.handle)
    await bot.run()


def parse(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("port", type=int)
    parser.add_argument("account")
    parser.add_argument("--channel", default="lobby")
    parser.add_argument("--handle", default="", help="by default, what the node calls the account")
    return parser.parse_args(argv)


if __name__ == "__main__":
    asyncio.run(capnp.run(main(parse())))
