"""A foreign client: the laboratory called from Python, knowing nothing but its schema.

usage: lab.py SCHEMA HOST PORT [CA-FILE SERVER-NAME]

With a CA file it speaks TLS 1.3. It prints one line for each check and ends with 0 when all hold.
"""

import asyncio
import os
import ssl
import sys

import capnp

# Without the folder that holds the standard schemas, a streaming method ends the whole process.
STANDARD_SCHEMAS = os.path.dirname(os.path.dirname(capnp.__file__))

# A check that takes longer hangs.
PATIENCE = 20


def make_callback(schema, heard):
    """An object of ours that remembers what it hears and says it back in capitals."""

    class Callback(schema.Callback.Server):
        async def call(self, payload, _context, **_):
            heard.append(bytes(payload))
            _context.results.payload = bytes(payload).upper()

    return Callback()


async def plain_call(lab, _schema):
    answer = await lab.echo(payload=b"hello")
    assert bytes(answer.payload) == b"hello"


async def large_call(lab, _schema):
    payload = os.urandom(1 << 20)
    answer = await lab.echo(payload=payload)
    assert bytes(answer.payload) == payload


async def many_calls_at_once(lab, _schema):
    payloads = [str(number).encode() for number in range(200)]
    answers = await asyncio.gather(*[lab.echo(payload=payload) for payload in payloads])
    assert [bytes(answer.payload) for answer in answers] == payloads


async def pipelined_calls(lab, _schema):
    answer = await lab.next().lab.next().lab.next().lab.echo(payload=b"deep")
    assert bytes(answer.payload) == b"deep"


async def pipelined_calls_through_structs(lab, _schema):
    inner = lab.nested().inner
    answer = await inner.next.deeper.lab.echo(payload=b"nested")
    assert bytes(answer.payload) == b"nested"


async def a_list_of_capabilities(lab, _schema):
    answer = await lab.many(count=8)
    echoes = await asyncio.gather(*[one.echo(payload=b"x") for one in answer.labs])
    assert len(echoes) == 8


async def streaming_calls(lab, _schema):
    before = await lab.total()
    chunk = b"\xa5" * (32 << 10)
    for _ in range(100):
        await lab.sink(chunk=chunk)
    after = await lab.total()
    assert after.chunks - before.chunks == 100
    assert after.bytes - before.bytes == 100 * len(chunk)


async def failures_of_a_stream(lab, _schema):
    try:
        # The stream may report at once, and the next ordinary call must.
        await lab.sink(chunk=b"fail:full")
        await lab.total()
    except capnp.KjException as failure:
        assert "full" in failure.description, failure.description
    else:
        raise AssertionError("the stream should have failed")


async def callbacks(lab, schema):
    heard = []
    answer = await lab.callBack(to=make_callback(schema, heard), payload=b"ring")
    assert bytes(answer.payload) == b"RING"
    assert heard == [b"ring"]


async def kept_callbacks(lab, schema):
    heard = []
    await lab.keep(to=make_callback(schema, heard))
    for payload in (b"one", b"two"):
        answer = await lab.ring(payload=payload)
        assert bytes(answer.payload) == payload.upper()
    assert heard == [b"one", b"two"]


async def a_capability_that_comes_home(lab, schema):
    heard = []
    answer = await lab.loopback(cap=make_callback(schema, heard))
    back = answer.cap.as_interface(schema.Callback)
    assert bytes((await back.call(payload=b"home")).payload) == b"HOME"
    assert heard == [b"home"]


async def promises(lab, _schema):
    promised = lab.later().lab
    waiting = asyncio.ensure_future(call_echo(promised, b"late"))
    await lab.release()
    assert bytes((await waiting).payload) == b"late"


async def call_echo(lab, payload):
    return await lab.echo(payload=payload)


async def failures(lab, _schema):
    try:
        await lab.fail(text="as told")
    except capnp.KjException as failure:
        assert "as told" in failure.description, failure.description
    else:
        raise AssertionError("the call should have failed")


async def cancelled_calls(lab, _schema):
    hanging = asyncio.ensure_future(hang(lab))
    await asyncio.sleep(0)
    hanging.cancel()
    assert bytes((await lab.echo(payload=b"alive")).payload) == b"alive"


async def hang(lab):
    await lab.hang()


CHECKS = [
    plain_call,
    large_call,
    many_calls_at_once,
    pipelined_calls,
    pipelined_calls_through_structs,
    a_list_of_capabilities,
    streaming_calls,
    callbacks,
    kept_callbacks,
    a_capability_that_comes_home,
    promises,
    failures,
    cancelled_calls,
    failures_of_a_stream,
]


def tls(ca_file):
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


async def connect(host, port, ca_file=None, server_name=None):
    options = {}
    if ca_file is not None:
        options = {"ssl": tls(ca_file), "server_hostname": server_name}
    return await capnp.AsyncIoStream.create_connection(host=host, port=int(port), **options)


async def main(schema_path, *address):
    schema = capnp.load(schema_path, imports=[STANDARD_SCHEMAS])
    stream = await connect(*address)
    lab = capnp.TwoPartyClient(stream).bootstrap().cast_as(schema.Lab)
    for check in CHECKS:
        await asyncio.wait_for(check(lab, schema), PATIENCE)
        print("ok", check.__name__.replace("_", " "), flush=True)
    print("all", len(CHECKS), "checks hold", flush=True)


if __name__ == "__main__":
    asyncio.run(capnp.run(main(*sys.argv[1:])))
