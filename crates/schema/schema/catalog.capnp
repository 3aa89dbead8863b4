@0xf076d8849f474cc8;
# What services a node has, and how a session asks for one to be started.

struct RemoteServiceCatalogEntry @0xf86514baeed6be95 {
  # A running service as a client lists it.
  id @0 :Text;
  # Its stable name.
  label @1 :Text;
  # Its title.
  summary @2 :Text;
  # What it is good for.
  capName @3 :Text;
  # Under which name `RemoteCapSet.get` gives its capability.
  transportInterfaceId @4 :UInt64;
  # With which interface id to ask for it.
  schemaInterface @5 :Text;
  # That interface's name.
  proxyStatus @6 :Text;
  # `callable`, `launchRequired` or `planned`.
  methods @7 :List(Text);
  # The names of the methods granted.
  notes @8 :List(Text);
  # Lines for a person.
}

struct RemoteServiceLaunchRequest @0x96fa9e45d481bb67 {
  # What to start, and with what.
  profileId @0 :Text;
  # The profile to start.
  grantNames @1 :List(Text);
  # The names of own grants that the service is to be given. A name is no authority: each must be in the session's
  # own bundle, with the interface that the profile requires.
}

struct RemoteServiceLaunchStatus @0xbbb883ddbeb2333c {
  # What came of a request.
  profileId @0 :Text;
  # The profile that was asked for.
  status @1 :Text;
  # `notLaunched`, `unsupported`, `missingBinary`, `denied`, `ready` or `running`.
  launchSupported @2 :Bool;
  # Whether this node could start it at all.
  message @3 :Text;
  # One sentence for a person; the reason where the status is `denied`.
  acceptedGrantNames @4 :List(Text);
  # The grants that the service was or would be given.
  exportedServices @5 :List(RemoteServiceCatalogEntry);
  # What the session's CapSet gained or would gain.
}

struct RemoteServiceGrantRequirement @0xcbd7421c8b59fe90 {
  # A capability that a profile needs.
  name @0 :Text;
  # The name the service knows it by.
  interfaceId @1 :UInt64;
  # The interface it must have, exactly.
  transferMode @2 :Text;
  # `clientFacet`, `shared` or `moved`.
  holder @3 :Text;
  # Who provides it: `backendHeld`, `serviceOwned` or `clientFacet`.
}

struct RemoteServiceExport @0xd94580733205a782 {
  # A capability that a profile offers.
  name @0 :Text;
  # The name it gets in the CapSet.
  interfaceId @1 :UInt64;
  # Its interface.
  transferPolicy @2 :Text;
  # `session`, `delegable` or `local`.
}

struct RemoteServiceProfile @0x8cdc9c616a716ccc {
  # A service that the node could run for this session.
  id @0 :Text;
  # Its stable name.
  label @1 :Text;
  # Its title.
  processGraph @2 :List(Text);
  # The processes it consists of, first started first.
  requirements @3 :List(RemoteServiceGrantRequirement);
  # What it needs.
  exports @4 :List(RemoteServiceExport);
  # What it offers.
  state @5 :Text;
  # `unavailable`, `attachable`, `startable` or `running`.
}

interface RemoteServiceCatalog @0xcc0c8566f3da7131 {
  # The list of services. Holding it allows to read the list, not to start anything.

  list @0 () -> (profiles :List(RemoteServiceProfile));
  # The profiles that policy lets this session see.
}

interface RemoteServiceRunner @0x97d0efd5c16e5dc0 {
  # Starts services for the session that holds it. What policy or the request's own content rules out is the status
  # `denied` with its reason in `message`, not an exception; every method denies `staleSession` once the session has
  # ended.

  probe @0 (request :RemoteServiceLaunchRequest) -> (status :RemoteServiceLaunchStatus);
  # Tells what `start` would do, and does nothing.

  start @1 (request :RemoteServiceLaunchRequest) -> (status :RemoteServiceLaunchStatus);
  # Starts the profile, or joins it where it runs already, and adds its exports to the session's CapSet before the
  # answer comes.

  attach @2 (profileId :Text) -> (status :RemoteServiceLaunchStatus);
  # Adds the exports of a profile that runs already. Starts nothing.

  stop @3 (profileId :Text) -> (status :RemoteServiceLaunchStatus);
  # Takes the profile's exports out of the session's CapSet, where they stop working at once, and ends the service
  # where it ran for this session alone.
}
