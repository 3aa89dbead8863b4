"""Runs commands in a session's shell: written from the published schemas alone."""
import asyncio, getpass, os, sys, capnp

SCHEMAS, STANDARD = "crates/schema/schema/", os.path.dirname(os.path.dirname(capnp.__file__))
gateway, shell = (capnp.load(f"{SCHEMAS}{name}.capnp", imports=[STANDARD]) for name in ("gateway", "shell"))


class Reader(shell.DataCallback.Server):
    async def data(self, chunk, skipped, **_):
        sys.stdout.buffer.write(chunk)


async def main(port, account, password):
    stream = await capnp.AsyncIoStream.create_connection("127.0.0.1", port)
    node = capnp.TwoPartyClient(stream).bootstrap().cast_as(gateway.RemoteSessionGateway)
    start = {"kind": "password", "selector": {"kind": "accountName", "value": account.encode()}}
    flow = node.start(start).flow
    await flow.next(b"")
    session = (await flow.next(password.encode())).session
    found = await session.capSet().caps.get("shell", shell.Shell.schema.node.id)
    it = found.cap.as_interface(shell.Shell)

    result = (await it.exec("ls", ["-l", "/"], {})).result
    print(result.exitCode, result.stdout)

    command = (await it.spawn("sh", ["-c", "for i in 1 2 3; do echo $i; sleep 0.1; done; exit 4"], {})).stream
    await command.onData(Reader())
    result = (await command.wait()).result
    print(result.exitCode)


asyncio.run(capnp.run(main(int(sys.argv[1]), sys.argv[2], getpass.getpass())))
