"""What a guest of the node on this machine is given: written from the published schema alone."""
import asyncio, sys, capnp

gateway, info = (capnp.load(f"crates/schema/schema/{name}.capnp") for name in ("gateway", "system_info"))

async def main(port):
    stream = await capnp.AsyncIoStream.create_connection("127.0.0.1", port)
    node = capnp.TwoPartyClient(stream).bootstrap().cast_as(gateway.RemoteSessionGateway)
    caps = node.guest("guest").session.capSet().caps
    print("granted:", *(entry.name for entry in (await caps.list()).entries))
    system_info = (await caps.get("system_info", info.SystemInfo.schema.node.id)).cap.as_interface(info.SystemInfo)
    print("signed in to", (await system_info.hostname()).name)

asyncio.run(capnp.run(main(int(sys.argv[1]))))
