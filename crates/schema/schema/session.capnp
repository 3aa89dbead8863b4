@0xb485f424aec01027;
# A signed-in client's view: the session and the capabilities it was granted.

using Identity = import "identity.capnp";

struct RemoteCapEntry @0x9b0c0f03dfa08eec {
  # One grant, as the bundle lists it. The entry describes; only `RemoteCapSet.get` gives the capability.
  name @0 :Text;
  # Its name in the bundle.
  interfaceId @1 :UInt64;
  # The interface it is granted as.
  transferPolicy @2 :Text;
  # `session`: may not be passed on; `delegable`: may be, narrowed, within the node; `local`: listed only, never given.
  leaseExpiresAtMs @3 :UInt64;
  # When the lease is over, in milliseconds since 1970; 0 when it lasts as long as the session.
}

interface RemoteCapSet @0xca7a82a81c6f9f4d {
  # A session's bundle of grants. Holding it allows to list the bundle and to take any grant out of it. Every object
  # that it gives, and every object reached through those, stops working when the session ends.

  list @0 () -> (entries :List(RemoteCapEntry));
  # The whole current bundle. Denies `staleSession`.

  get @1 (name :Text, expectedInterfaceId :UInt64) -> (cap :AnyPointer);
  # Gives one grant. Denies `unknownCap` when nothing of that name is granted, `interfaceMismatch` when it is granted
  # as another interface (an inherited one is another one), `methodDenied` for an entry whose policy is `local`,
  # `leaseExpired`, `revoked`, `serviceUnavailable` when its service cannot be reached, `staleSession`.
}

interface RemoteSession @0xf8b25cc8ef972f21 {
  # One authenticated session. Holding it is being signed in.

  info @0 () -> (info :Identity.SessionInfo);
  # The session's facts. Denies `staleSession`.

  capSet @1 () -> (caps :RemoteCapSet);
  # The session's bundle. Denies `staleSession`.

  renew @2 (proof :Data, requestedDurationMs :UInt64) -> (session :RemoteSession);
  # Extends this same session after a fresh proof, within the bounds of policy. Never brings a revoked grant back.
  # Denies `authenticationDenied` for a proof that does not hold, `staleSession` for a session already over.

  logout @3 () -> ();
  # Ends the session; every object reached through it has stopped working when the answer comes.
}
