"""TLS 1.3 to a node that is known by its key, with the connection's channel binding.

Python's own `ssl` cannot give the binding that a challenge is made for; pyOpenSSL can. What it encrypts goes through one
end of a socket pair, and the Cap'n Proto library is given the other.
"""

import asyncio
import contextlib
import hashlib
import socket
import ssl

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate
from OpenSSL import SSL

BINDING_LABEL = b"EXPORTER-Channel-Binding"
CHUNK = 64 << 10


class WrongNode(Exception):
    """Whoever answers has another key than the node that is meant."""


def node_of(certificate):
    """What a node is known by: a hash of its public key."""
    return hashlib.sha256(
        certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).digest()


def context_for(address, node):
    """A context of Python's own `ssl` that trusts this node alone."""
    certificate = ssl.get_server_certificate(address)
    if node_of(load_pem_x509_certificate(certificate.encode())) != node:
        raise WrongNode()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # The key was compared, and the certificate is trusted as it is: whose name it bears says nothing more.
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=certificate)
    return context


class Bound:
    """One connection; encrypts and decrypts on the event loop, so that nothing is used by two threads."""

    def __init__(self, reader, writer):
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_min_proto_version(SSL.TLS1_3_VERSION)
        self._tls = SSL.Connection(context, None)
        self._tls.set_connect_state()
        self._reader, self._writer = reader, writer

    async def shake_hands(self, node):
        while True:
            try:
                self._tls.do_handshake()
                break
            except SSL.WantReadError:
                await self._flush()
                self._tls.bio_write(await self._read())
        await self._flush()
        if node_of(self._tls.get_peer_certificate().to_cryptography()) != node:
            raise WrongNode()
        return self._tls.export_keying_material(BINDING_LABEL, 32, b"")

    async def _read(self):
        received = await self._reader.read(CHUNK)
        if not received:
            raise ConnectionResetError("the node hung up")
        return received

    async def _flush(self):
        with contextlib.suppress(SSL.WantReadError):
            while True:
                self._writer.write(self._tls.bio_read(CHUNK))
        await self._writer.drain()

    async def inward(self, plain):
        while True:
            try:
                while True:
                    plain.write(self._tls.recv(CHUNK))
            except SSL.WantReadError:
                await plain.drain()
            self._tls.bio_write(await self._read())

    async def outward(self, plain):
        while sent := await plain.read(CHUNK):
            self._tls.sendall(sent)
            await self._flush()


async def pump(bound, plain_reader, plain_writer):
    directions = [bound.inward(plain_writer), bound.outward(plain_reader)]
    tasks = [asyncio.ensure_future(direction) for direction in directions]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    plain_writer.close()


# The loop itself holds its tasks by a thread.
_pumps = set()


async def connect_bound(host, port, node):
    """A plain socket that ends in TLS to the node, and the channel binding."""
    bound = Bound(*await asyncio.open_connection(host, port))
    binding = await bound.shake_hands(node)
    ours, theirs = socket.socketpair()
    plain = await asyncio.open_connection(sock=ours)
    task = asyncio.ensure_future(pump(bound, *plain))
    _pumps.add(task)
    task.add_done_callback(_pumps.discard)
    return theirs, binding
