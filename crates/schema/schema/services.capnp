@0xb59e2dd3b73c5437;
# Administration of the services that a node runs. Granted as `service_admin`.

struct ServiceStatus @0xba7b1894697caefe {
  # One profile and what runs of it.
  id @0 :Text;
  # Its stable name.
  label @1 :Text;
  # Its title.
  state @2 :Text;
  # `unavailable`, `stopped`, `starting`, `running`, `unhealthy`, `waiting` (before the next try) or `givenUp`.
  reason @3 :Text;
  # Why, where the state needs a reason; empty otherwise.
  isolation @4 :Text;
  # `shared` or `session`.
  instances @5 :List(ServiceInstance);
  # What runs, oldest first.
  confinement @6 :List(Text);
  # What its processes are confined by.
  missing @7 :List(Text);
  # What its profile asks for and this host does not have, where the profile allows that.
  inside @8 :List(Text);
  # What is inside, in sentences for a person: what its processes see of the host and may do there, what they may use,
  # whom they learn of. It names paths of the host.
}

struct ServiceInstance @0xbd4af55775ff95c0 {
  # One running process graph.
  number @0 :UInt64;
  # Names it, among all that the node ever ran since it started.
  session @1 :Data;
  # The public handle of the session it runs for; empty where it is shared.
  startedAtMs @2 :UInt64;
  # When, in milliseconds since 1970.
  restarts @3 :UInt32;
  # How often it was started again after it had failed.
  facets @4 :UInt32;
  # The facets that sessions hold of it.
  processes @5 :List(ServiceProcess);
  # The service itself first, then its companions.
}

struct ServiceProcess @0xab80b1c3e7b10b9f {
  # One process of a graph. Which one it is to the system is nobody's business but the node's.
  name @0 :Text;
  # The profile's id, or a companion's name.
  running @1 :Bool;
  # Whether it runs.
  memoryBytes @2 :UInt64;
  # What it holds in memory; 0 where that cannot be told.
  cpuMs @3 :UInt64;
  # Processor time it has used; 0 where that cannot be told.
}

struct ServiceLogLine @0xa1a753bb04ccd11c {
  # One line that a process wrote, or that the node wrote about it.
  sequence @0 :UInt64;
  # Counts the lines of one service; where there is a gap, lines were dropped.
  atMs @1 :UInt64;
  # When, in milliseconds since 1970.
  process @2 :Text;
  # Which process of the graph.
  stream @3 :Text;
  # `out`, `err`, or `node` for a line of the node's own.
  text @4 :Text;
  # The line, without what a terminal would obey.
}

interface ServiceLogListener @0xc5a59399d4732e42 {
  # Is told of lines as they come.

  lines @0 (lines :List(ServiceLogLine)) -> ();
  # Some more lines. The next come when this has been answered; what a listener is too slow for is dropped.
}

interface ServiceLogFollow @0xfb837f8cd96581c0 {
  # Lines are told for as long as this is held.
}

interface ServiceAdmin @0xc765c1d48856601e {
  # Holding it allows to see all services, read their logs, and start and stop them for everybody. Each act is in the
  # journal.

  list @0 () -> (services :List(ServiceStatus));
  # All profiles, in the order of their ids.

  start @1 (id :Text) -> (status :ServiceStatus);
  # Starts a shared service, also one that was given up; answers once it is ready. Denies `badRequest` for an unknown
  # id or a service of each session's own, `serviceUnavailable` where it does not come up.

  stop @2 (id :Text) -> (status :ServiceStatus);
  # Ends every process of a service; facets of it die. It starts again when somebody asks for it.

  restart @3 (id :Text) -> (status :ServiceStatus);
  # `stop`, then `start`.

  log @4 (id :Text, most :UInt32) -> (lines :List(ServiceLogLine));
  # The latest lines of a service, oldest first; at most 1,000.

  follow @5 (id :Text, listener :ServiceLogListener) -> (follow :ServiceLogFollow);
  # Tells the listener of every line from here on.
}
