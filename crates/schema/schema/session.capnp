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

  watch @4 (listener :SessionListener) -> (watch :SessionWatch);
  # Tells the listener what changes in the session from here on, and its end, until the watch is dropped. Denies
  # `badRequest` without a listener, `quotaExceeded` for more watches than a session may have, `staleSession`.

  others @5 () -> (sessions :List(OwnSession));
  # The other live sessions of the same principal, the eldest first; at most 64. A guest or an anonymous visitor has
  # none: nobody knows who they are. Denies `staleSession`.

  endOther @6 (session :Data, reason :Text) -> (ended :Bool);
  # Ends another live session of the same principal, by its public handle; `ended` is false where there is none of
  # that handle, whoever's it may be. It is in the audit journal, with the reason, before it is answered. Denies
  # `badRequest` for what is no handle, `staleSession`.

  profiles @7 () -> (profiles :List(ProfileChoice));
  # The profiles that the principal may have with what it proved, the session's own among them. For a guest or an
  # anonymous visitor its own alone. Denies `staleSession`.

  enter @8 (profile :Text) -> (session :RemoteSession);
  # A new session of the same principal in another profile, in place of this one, which ends: every object reached
  # through it has stopped working when the answer comes. It rests on the same proof, and is decided as a sign-in is.
  # Empty for the account's default profile. Denies `authenticationDenied` in the same words whatever speaks against it:
  # the profile is not one of `profiles`, the proof is no longer fresh, or was none; `tooManySessions`, `staleSession`.
}

struct OwnSession @0x905bb5095cb32ab7 {
  # Another session of the same principal, as the principal may know it.
  session @0 :Data;
  # Its public handle, which `RemoteSession.endOther` takes. Nothing accepts it as authority.
  createdAtMs @1 :UInt64;
  # When it began, in milliseconds since 1970.
  expiresAtMs @2 :UInt64;
  # When it ends unless renewed, in milliseconds since 1970.
  method @3 :Text;
  # How it signed in: a name of `RemoteAuthKind`.
  authStrength @4 :Identity.AuthStrength;
  # What its proof was worth.
  profile @5 :Text;
  # The profile that its bundle of grants comes from.
  idleMs @6 :UInt64;
  # How long since its last call.
}

struct ProfileChoice @0x8d9ab460353912d3 {
  # A profile that a session's principal may have.
  name @0 :Text;
  # Its name, as a sign-in asks for it.
  label @1 :Text;
  # Its name for a person; may be empty.
  current @2 :Bool;
  # Whether it is the session's own.
}

interface SessionListener @0x82ff3c68c1ccd347 {
  # The client's own object, which a node tells of a session. One that does not answer in time, or fails, is told
  # nothing more.

  changed @0 (bundle :Bool, services :Bool) -> ();
  # Something is otherwise than it was last told: the bundle (a grant came, went, was taken away, or its lease is over
  # or longer), or the catalog of services (one started, stopped or died, or the services there are). What it is now,
  # `RemoteCapSet.list` and `RemoteServiceCatalog.list` say. Many changes may be told as one.

  ended @1 (code :Text, sentence :Text) -> ();
  # The session is over, and this is the last that is told of it. The code is one of `logout`, `expired`, `idle`,
  # `endedElsewhere`, `profileEntered`, `administrator`, `accountChanged`, `policyChanged`, `nodeStopping`; the sentence
  # says it to a person.

  stopping @2 (graceMs :UInt64) -> ();
  # The node was told to stop: nobody can sign in any more, and the session ends in so many milliseconds, or sooner. What
  # is under way goes on until then. A listener that does not know this is told the rest all the same.
}

interface SessionWatch @0xba9b9c307a6dc5cd {
  # Watches a session while it is held. Dropping it ends that; nothing can be called on it.
}
