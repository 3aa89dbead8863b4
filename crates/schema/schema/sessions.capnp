@0xecb516452c24b569;
# Administration of the sessions that are live. Granted as `sessions`.

using Identity = import "identity.capnp";

struct LiveSession @0xa24a816debe77e88 {
  # One session.
  info @0 :Identity.SessionInfo;
  # Its facts. The public handle in there names it to this interface.
  account @1 :Text;
  # The account that signed in; empty for an anonymous session.
  method @2 :Text;
  # How it signed in: a name of `RemoteAuthKind`.
  source @3 :Text;
  # Where from: an address, or `local`.
  tls @4 :Bool;
  # Whether its connection is encrypted.
  idleMs @5 :UInt64;
  # How long since its last call.
  own @6 :Bool;
  # Whether it is the session that asks.
}

struct LiveGrant @0xbd8b330c8fb60910 {
  # One grant of a live session.
  name @0 :Text;
  # Its name in the bundle.
  interfaceId @1 :UInt64;
  # The interface it is granted as.
  interfaceName @2 :Text;
  # That interface's name; empty where the node does not know it.
  transferPolicy @3 :Text;
  # As the bundle lists it.
  leaseExpiresAtMs @4 :UInt64;
  # When its lease is over, in milliseconds since 1970; 0 when it lasts as long as the session.
  ended @5 :Text;
  # Why it has ended, as a denial code; empty while it is live.
  origin @6 :Text;
  # What stands behind it, such as `builtin:manual`.
  references @7 :List(LiveReference);
  # What is held through it, oldest first; at most 1,024 of them.
  calls @8 :UInt64;
  # Calls made through it so far.
  callsInFlight @9 :UInt32;
  # Calls under way.
}

struct LiveReference @0xff8cdb40cdd63394 {
  # One capability that is held through a grant.
  number @0 :UInt64;
  # Names it within its grant.
  parent @1 :UInt64;
  # The reference whose call it came from; 0 for the granted object itself.
  viaInterfaceId @2 :UInt64;
  # That call's interface; 0 for the granted object.
  viaMethod @3 :Text;
  # That call's method; empty for the granted object, or its ordinal where the node does not know the interface.
  callback @4 :Bool;
  # Whether it is an object of the client's that the node holds.
}

interface SessionAdmin @0xb83d5a35c0b48122 {
  # Holding it allows to see what every session holds, and to take it away. Every act is in the audit journal before it
  # is answered. What was taken has stopped working when the answer comes. Denies `badRequest` for a session, grant or
  # reference that is not there.
  list @0 (after :Data, limit :UInt16) -> (sessions :List(LiveSession), more :Bool);
  # The live sessions in the order of their handles, from the one after `after` on; at most `limit`, 0 for as many as an
  # answer holds.
  get @1 (session :Data) -> (session :LiveSession);
  # One session.
  grants @2 (session :Data) -> (grants :List(LiveGrant));
  # Everything that a session holds.
  end @3 (session :Data, reason :Text) -> ();
  # Ends a session. The reason is for the audit journal alone.
  endAccount @4 (account :Text, reason :Text) -> (ended :UInt32);
  # Ends all sessions of an account, and tells how many.
  revokeGrant @5 (session :Data, grant :Text, reason :Text) -> ();
  # Takes one grant from a session for as long as the session lasts; its other grants live on.
  revokeReference @6 (session :Data, grant :Text, reference :UInt64, reason :Text) -> ();
  # Cuts off one reference and everything that was reached through it.
}
