"""A foreign client: a node used from Python, knowing nothing but its published schemas.

usage: node.py JSON

The JSON tells where the node is, over what to speak to it, and whom to be:
{"schemas": FOLDER, "host": HOST, "port": PORT, "node": HEX, "over": "plain" | "ssl" | "openssl",
 "operator": NAME, "operatorPassword": TEXT, "account": NAME, "password": TEXT, "once": NAME, "oncePassword": TEXT, "key": FILE, "otherKey": FILE}

It prints one line for each check and ends with 0 when all hold.
"""

import asyncio
import json
import sys

import capnp

from foreign import METHODS, Connection, Schemas, denial, denied, sign

# A check that takes longer hangs.
PATIENCE = 30


class Place:
    """Where the node is, and whom to be."""

    def __init__(self, settings):
        self.schemas = Schemas(settings["schemas"])
        self.address = (settings["host"], settings["port"], bytes.fromhex(settings["node"]))
        self.over, self.key, self.other_key = settings["over"], settings["key"], settings["otherKey"]
        self.account, self.password = settings["account"], settings["password"]
        self.operator, self.operator_password = settings["operator"], settings["operatorPassword"]
        self.once, self.once_password = settings["once"], settings["oncePassword"]

    async def connect(self):
        return await getattr(Connection, self.over)(self.schemas, *self.address)

    async def session(self):
        return await (await self.connect()).by_password(self.account, self.password)

    @property
    def can_sign(self):
        return self.over != "ssl"


async def every_method_is_listed_in_order(place):
    connection = await place.connect()
    methods = (await connection.gateway.authMethods()).methods
    assert [str(method.kind) for method in methods] == METHODS
    enabled = {str(method.kind) for method in methods if method.enabled}
    assert enabled == {"password", "publicKey"}, enabled


async def a_password_opens_a_session(place):
    info = await (await place.session()).info()
    assert str(info.authStrength) == "password"
    assert str(info.principal.kind) == "human"
    assert info.profile == "user"
    assert len(info.sessionId) == 16 and len(info.principal.id) > 0


async def a_wrong_password_and_an_unknown_account_are_told_alike(place):
    connection = await place.connect()
    told = set()
    for account, profile in ((place.account, ""), ("nobody", ""), (place.account, "operator")):
        right = profile == "operator"
        try:
            await connection.by_password(account, place.password if right else "not it", profile)
        except capnp.KjException as failure:
            told.add(denial(failure))
    assert len(told) == 1 and told.pop()[0] == "authenticationDenied"


async def a_guest_needs_an_account_and_a_visitor_the_operators_leave(place):
    gateway = (await place.connect()).gateway
    async with denied("disabledAuthMethod"):
        await gateway.guest(requestedProfile="guest")
    async with denied("disabledAuthMethod"):
        await gateway.anonymous(requestedProfile="anonymous")


async def ways_that_are_not_built_are_refused(place):
    connection = await place.connect()
    for kind in ("oidcDeviceCode", "oidcAuthorizationCodePkce", "passkey", "mtlsClientCert", "serviceCredential"):
        async with denied("disabledAuthMethod"):
            await connection.start(kind, place.account).next(response=b"")


async def what_is_granted_is_listed_and_can_be_called(place):
    session = await place.session()
    schemas = place.schemas
    expected = {
        "session": schemas.identity.UserSession,
        "system_info": schemas.system_info.SystemInfo,
        "manual": schemas.manual.Manual,
        "services": schemas.catalog.RemoteServiceCatalog,
        "runner": schemas.catalog.RemoteServiceRunner,
        "chat": schemas.chat.Chat,
        "shell": schemas.shell.Shell,
        "terminal": schemas.terminals.Terminals,
        "files": schemas.files.Directory,
        "recordings": schemas.recordings.Recordings,
    }
    assert await session.granted() == {name: of.schema.node.id for name, of in expected.items()}
    system_info = await session.system_info()
    assert (await system_info.hostname()).name
    manual = await session.get("manual", expected["manual"].schema.node.id, expected["manual"])
    page = (await manual.describe(interfaceId=expected["system_info"].schema.node.id)).page
    assert "SystemInfo" in page.name + page.title + page.body
    user_session = await session.get("session", expected["session"].schema.node.id, expected["session"])
    assert bytes((await user_session.info()).info.sessionId) == bytes((await session.info()).sessionId)


async def a_wrong_interface_and_an_unknown_name_give_nothing(place):
    session = await place.session()
    system_info = place.schemas.system_info.SystemInfo
    manual = place.schemas.manual.Manual
    async with denied("interfaceMismatch"):
        await session.get("system_info", manual.schema.node.id, manual)
    async with denied("interfaceMismatch"):
        await session.get("system_info", 0, system_info)
    for name in ("accounts", "sessions", "audit", "nothing", "", "SYSTEM_INFO", "builtin:manual"):
        async with denied("unknownCap"):
            await session.get(name, system_info.schema.node.id, system_info)
    async with denied("badRequest"):
        await session.get("x" * 100_000, system_info.schema.node.id, system_info)


async def a_method_that_the_interface_lacks_is_not_found_by_casting(place):
    session = await place.session()
    system_info = await session.system_info()
    cast = system_info.cast_as(place.schemas.session.RemoteSession)
    try:
        await cast.info()
    except capnp.KjException as failure:
        assert denial(failure)[0] in ("methodDenied", "badRequest") or failure.type == "UNIMPLEMENTED", failure
    else:
        raise AssertionError("a cast gave another interface")


async def calls_go_ahead_of_the_answers_they_are_for(place):
    connection = await place.connect()
    flow = connection.start("password", place.account)
    # One step after the other; what the last one gives is not waited for.
    await flow.next(response=b"")
    granted = flow.next(response=place.password.encode())
    listed = await granted.session.capSet().caps.list()
    assert len(listed.entries) == 10


async def a_connection_has_several_sessions_each_by_its_own_objects(place):
    connection = await place.connect()
    first = await connection.by_password(place.account, place.password)
    second = await connection.by_password(place.account, place.password)
    assert bytes((await first.info()).sessionId) != bytes((await second.info()).sessionId)
    await first.remote.logout()
    async with denied("staleSession"):
        await first.info()
    await second.info()


async def after_a_logout_everything_of_the_session_is_stale(place):
    connection = await place.connect()
    session = await connection.by_password(place.account, place.password)
    caps = (await session.remote.capSet()).caps
    system_info = await session.system_info()
    user_session_of = place.schemas.identity.UserSession
    user_session = await session.get("session", user_session_of.schema.node.id, user_session_of)
    await session.remote.logout()
    for call in (
        session.remote.info,
        session.remote.capSet,
        caps.list,
        system_info.hostname,
        user_session.info,
        user_session.auditContext,
    ):
        async with denied("staleSession"):
            await call()
    # The same connection may sign in again at once.
    again = await connection.by_password(place.account, place.password)
    assert (await (await again.system_info()).hostname()).name


async def a_logout_by_the_user_session_ends_all_of_it(place):
    session = await place.session()
    interface = place.schemas.identity.UserSession
    user_session = await session.get("session", interface.schema.node.id, interface)
    await user_session.logout()
    async with denied("staleSession"):
        await session.info()


async def a_password_renews_what_a_password_opened(place):
    session = await place.session()
    before = await session.info()
    async with denied("authenticationDenied"):
        await session.remote.renew(proof=b"not it", requestedDurationMs=0)
    renewed = (await session.remote.renew(proof=place.password.encode(), requestedDurationMs=0)).session
    after = (await renewed.info()).info
    assert bytes(after.sessionId) == bytes(before.sessionId)
    assert after.expiresAtMs >= before.expiresAtMs


async def a_one_time_password_has_to_be_replaced(place):
    connection = await place.connect()
    flow = connection.start("password", place.once)
    await flow.next(response=b"")
    asked = await flow.next(response=place.once_password.encode())
    assert not asked.done and asked.step.prompt and asked.step.redaction
    replacement = "replaced over " + place.over
    answer = await flow.next(response=replacement.encode())
    assert answer.done
    assert (await answer.session.info()).info.profile == "user"
    async with denied("authenticationDenied"):
        await connection.by_password(place.once, place.once_password)
    await connection.by_password(place.once, replacement)


async def an_operator_makes_an_account_and_takes_it_away(place):
    connection = await place.connect()
    operator = await connection.by_password(place.operator, place.operator_password, "operator")
    interface = place.schemas.accounts.AccountAdmin
    accounts = await operator.get("accounts", interface.schema.node.id, interface)
    # By position, as ever where a parameter is called `name`.
    name, password = "made-over-" + place.over, b"made to be removed"
    await accounts.create(name, {"kind": "human", "roles": ["user"], "defaultProfile": "user"})
    await accounts.setPassword(name, password, False)
    async with denied("badRequest"):
        await accounts.addKey(name, "restrict ssh-ed25519 AAAA")
    made = await connection.by_password(name, password.decode())
    system_info = await made.system_info()
    account = (await accounts.get(name)).account
    assert account.hasPassword and not account.passwordIsOneTime and str(account.state) == "active"
    await accounts.remove(name, account.revision)
    for call in (made.info, system_info.hostname):
        async with denied("staleSession", "revoked"):
            await call()
    async with denied("authenticationDenied"):
        await connection.by_password(name, password.decode())
    await operator.info()


async def a_key_opens_a_session(place):
    connection = await place.connect()
    session = await connection.by_key(place.account, place.key)
    info = await session.info()
    assert str(info.authStrength) == "publicKey"
    assert (await (await session.system_info()).hostname()).name
    await connection.by_key(place.account, place.key, "user")


async def a_key_renews_what_it_opened(place):
    session = await (await place.connect()).by_key(place.account, place.key)
    proof = await session.renewal(place.key)
    await session.remote.renew(proof=proof, requestedDurationMs=0)
    async with denied("authenticationDenied"):
        await session.remote.renew(proof=proof, requestedDurationMs=0)
    async with denied("authenticationDenied"):
        await session.remote.renew(proof=await session.renewal(place.other_key), requestedDurationMs=0)


async def a_signature_is_good_for_one_challenge(place):
    connection, elsewhere = await place.connect(), await place.connect()
    flow, challenge = await connection.challenge(place.account)
    signature = await sign(place.key, challenge)
    other_flow, _ = await elsewhere.challenge(place.account)
    async with denied("authenticationDenied"):
        await other_flow.next(response=signature)
    assert (await flow.next(response=signature)).done
    async with denied("badRequest"):
        await flow.next(response=signature)


async def another_key_or_purpose_is_denied(place):
    connection = await place.connect()
    for key, namespace in ((place.other_key, "capos-remote-session"), (place.key, "file")):
        flow, challenge = await connection.challenge(place.account)
        async with denied("authenticationDenied"):
            await flow.next(response=await sign(key, challenge, namespace))


CHECKS = [
    every_method_is_listed_in_order,
    a_password_opens_a_session,
    a_wrong_password_and_an_unknown_account_are_told_alike,
    a_guest_needs_an_account_and_a_visitor_the_operators_leave,
    ways_that_are_not_built_are_refused,
    what_is_granted_is_listed_and_can_be_called,
    a_wrong_interface_and_an_unknown_name_give_nothing,
    a_method_that_the_interface_lacks_is_not_found_by_casting,
    calls_go_ahead_of_the_answers_they_are_for,
    a_connection_has_several_sessions_each_by_its_own_objects,
    after_a_logout_everything_of_the_session_is_stale,
    a_logout_by_the_user_session_ends_all_of_it,
    a_password_renews_what_a_password_opened,
    a_one_time_password_has_to_be_replaced,
    an_operator_makes_an_account_and_takes_it_away,
]

WITH_A_KEY = [
    a_key_opens_a_session,
    a_key_renews_what_it_opened,
    a_signature_is_good_for_one_challenge,
    another_key_or_purpose_is_denied,
]


async def main(settings):
    place = Place(settings)
    checks = CHECKS + (WITH_A_KEY if place.can_sign else [])
    for check in checks:
        await asyncio.wait_for(check(place), PATIENCE)
        print("ok", check.__name__.replace("_", " "), flush=True)
    print("all", len(checks), "checks hold", flush=True)


if __name__ == "__main__":
    asyncio.run(capnp.run(main(json.loads(sys.argv[1]))))
