@0xc4b20991366f8df3;
# What a service's process serves to the node, and what it is told of those it serves. A client never sees any of this:
# it holds the facets that a service gives.

using Identity = import "identity.capnp";

enum Disclosure @0xdffa0fc76cbb4eec {
  # A fact about whoever a facet is for. A service is told what its profile discloses and it asked for, nothing else.
  principalClass @0;
  # What kind of principal it is.
  authStrength @1;
  # How strongly it proved who it is.
  profileClass @2;
  # The profile that its session runs under.
  displayName @3;
  # What to call it.
  pseudonym @4;
  # Who it is, to this service alone: a value that stays the same and says nothing.
}

struct SessionContext @0x957705377015c670 {
  # For whom a facet is. It never changes, and neither may what the facet takes it for.
  reference @0 :Data;
  # 32 bytes that stand for the session to this service. Another service gets others for the same session.
  createdAtMs @1 :UInt64;
  # When the session began, in milliseconds since 1970.
  expiresAtMs @2 :UInt64;
  # When it ends unless it is renewed.
  disclosed @3 :List(Disclosure);
  # Which of the fields below are told. Those that are not have their default and mean nothing.
  principalClass @4 :Identity.PrincipalKind;
  authStrength @5 :Identity.AuthStrength;
  profileClass @6 :Text;
  displayName @7 :Text;
  pseudonym @8 :Data;
  # 32 bytes, the same each time this principal comes to this service. Guests and anonymous sessions have none: what is
  # kept for them dies with the session.
}

struct NamedCapability @0x908c65f1eb55ead7 {
  # A capability that a service is given.
  name @0 :Text;
  # The name it has in the profile's requirements.
  interfaceId @1 :UInt64;
  # Its interface.
  capability @2 :Capability;
  # It works until whoever it comes from loses it.
}

interface Service @0x97a62c301af6989d {
  # The bootstrap interface of every service. Only the node reaches it.

  begin @0 (grants :List(NamedCapability), settings :Text) -> (wants :List(Disclosure));
  # Called once for each process, before anything else. `grants` are what the service holds itself, for as long as it
  # runs; `settings` is the table of that name of its profile, as JSON, or empty; `wants` is what it asks to be told of
  # those it serves.

  open @1 (context :SessionContext, export :Text, grants :List(NamedCapability)) -> (facet :Capability);
  # Gives what one session is to hold, of one export of the profile. Called again for the same session only for
  # another export, or where the facet was lost; `context.reference` tells that it is the same. The session is over for
  # this service once all its facets are released. `grants` are what the session lends, and die with it.

  health @2 () -> (healthy :Bool, message :Text);
  # Whether it can do its work. A process that does not answer in time is taken for hung, and replaced.

  drain @3 () -> ();
  # The process is about to be ended. The answer says that everything worth keeping is kept.
}
