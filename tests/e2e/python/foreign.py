"""What a program in another language needs to use a node: the published schemas, and nothing else of ours."""

import asyncio
import contextlib
import hashlib
import os
import struct
import subprocess
import tempfile

import capnp

import tls

STANDARD_SCHEMAS = os.path.dirname(os.path.dirname(capnp.__file__))
NAMESPACE = "capos-remote-session"
SIGN_IN = b"capos-remote-session sign-in 1\0"
RENEWAL = b"capos-remote-session renewal 1\0"

# The methods in the order of their enumerants, as the schema has them.
METHODS = (
    "password publicKey oidcDeviceCode oidcAuthorizationCodePkce passkey mtlsClientCert guest anonymous "
    "serviceCredential"
).split()


class Schemas:
    def __init__(self, folder):
        names = "accounts catalog chat files gateway identity manual recordings session shell system_info terminals"
        for name in names.split():
            setattr(self, name, capnp.load(os.path.join(folder, name + ".capnp"), imports=[STANDARD_SCHEMAS]))


class Connection:
    """One connection to a node: its gateway, and what a challenge of this connection has to name."""

    def __init__(self, schemas, stream, node, binding):
        self.schemas, self.node, self.binding = schemas, node, binding
        self._client = capnp.TwoPartyClient(stream)
        self.gateway = self._client.bootstrap().cast_as(schemas.gateway.RemoteSessionGateway)

    @classmethod
    async def plain(cls, schemas, host, port, node):
        stream = await capnp.AsyncIoStream.create_connection(host=host, port=port)
        return cls(schemas, stream, node, bytes(32))

    @classmethod
    async def ssl(cls, schemas, host, port, node):
        """Over Python's own TLS, which does not tell its binding: not for keys."""
        context = await asyncio.to_thread(tls.context_for, (host, port), node)
        stream = await capnp.AsyncIoStream.create_connection(host=host, port=port, ssl=context)
        return cls(schemas, stream, node, None)

    @classmethod
    async def openssl(cls, schemas, host, port, node):
        socket, binding = await tls.connect_bound(host, port, node)
        stream = await capnp.AsyncIoStream.create_connection(sock=socket)
        return cls(schemas, stream, node, binding)

    def start(self, kind, account, profile="", nonce=b""):
        selector = {"kind": "accountName", "value": account.encode()}
        request = {"kind": kind, "selector": selector, "requestedProfile": profile, "clientNonce": nonce}
        return self.gateway.start(request=request).flow

    async def by_password(self, account, password, profile=""):
        flow = self.start("password", account, profile)
        asked = await flow.next(response=b"")
        assert asked.step.redaction and asked.step.prompt and not asked.done
        return Session(self, await flow.next(response=password.encode()))

    async def challenge(self, account, profile=""):
        """Asks for a challenge and sees that it is for this node, this connection and this request."""
        nonce = os.urandom(32)
        flow = self.start("publicKey", account, profile, nonce)
        asked = await flow.next(response=b"")
        challenge = bytes(asked.step.challenge)
        fields = [nonce, account.encode(), b"", profile.encode()]
        expected = b"".join(struct.pack(">H", len(field)) + field for field in fields)
        expected += struct.pack(">Q", asked.step.expiresAtMs)
        fixed = len(SIGN_IN)
        assert challenge[:fixed] == SIGN_IN
        assert challenge[fixed : fixed + 32] == self.node
        assert challenge[fixed + 32 : fixed + 64] == self.binding
        assert challenge[fixed + 96 :] == expected
        return flow, challenge

    async def by_key(self, account, key, profile=""):
        flow, challenge = await self.challenge(account, profile)
        session = Session(self, await flow.next(response=await sign(key, challenge)))
        session.challenge = challenge
        return session


class Session:
    """A session as its client has it."""

    def __init__(self, connection, answer):
        assert answer.done
        # The connection is kept with it: its end is the end of everything reached over it.
        self._connection = connection
        self.remote, self._schemas, self.challenge = answer.session, connection.schemas, None

    async def info(self):
        return (await self.remote.info()).info

    async def granted(self):
        """What is granted: interface ids by name."""
        entries = (await (await self.remote.capSet()).caps.list()).entries
        return {entry.name: entry.interfaceId for entry in entries}

    async def get(self, name, interface_id, interface):
        # The set is not waited for: the call on it goes with the call for it.
        # By position, since pycapnp has a use of its own for a parameter that is called `name`.
        answer = await self.remote.capSet().caps.get(name, interface_id)
        return answer.cap.as_interface(interface)

    async def system_info(self):
        interface = self._schemas.system_info.SystemInfo
        return await self.get("system_info", interface.schema.node.id, interface)

    async def renewal(self, key):
        """A fresh proof by the key that opened the session."""
        info = await self.info()
        parts = [RENEWAL, hashlib.sha256(self.challenge).digest(), bytes(info.sessionId)]
        return await sign(key, b"".join(parts) + struct.pack(">Q", info.expiresAtMs))


async def sign(key, message, namespace=NAMESPACE):
    """What `ssh-keygen` signs with the key in a file."""

    def run():
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "challenge")
            with open(path, "wb") as file:
                file.write(message)
            subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", key, path], check=True)
            with open(path + ".sig", "rb") as file:
                return file.read()

    return await asyncio.to_thread(run)


def denial(failure):
    """The code and the sentence of a refusal, without what the library puts before it."""
    reason = failure.description.split("\n")[0]
    for prefix in ("remote exception: ", "Failed: "):
        reason = reason.removeprefix(prefix)
    code, _, sentence = reason.partition(": ")
    return code, sentence


@contextlib.asynccontextmanager
async def denied(*codes):
    """What is within has to be refused with one of these codes."""
    try:
        yield
    except capnp.KjException as failure:
        code, sentence = denial(failure)
        assert code in codes, f"{failure.description!r} is not {codes}"
        assert sentence, f"{code} comes without a sentence"
    else:
        raise AssertionError(f"should have been refused with {codes}")
