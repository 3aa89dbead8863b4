@0x8c374bca0a9afc08;
# Between the commands of one user: what the background process that holds a session offers on its socket. Nobody else
# reaches it, and nothing of it is on a network.

using Session = import "/session.capnp";

struct Wish @0xedd2dee694fc29e1 {
  # A sign-in that is wanted.
  name @0 :Text;
  # What the held session is to be called.
  host @1 :Text;
  # The node.
  port @2 :UInt16;
  # Its port.
  account @3 :Text;
  # The account; empty where the way of signing in has none.
  method @4 :Text;
  # The way, as `--method` has it; empty to find one.
  key @5 :Text;
  # The key file to sign in with; empty for what there is.
  profile @6 :Text;
  # The profile to enter; empty for the account's own.
  fingerprint @7 :Text;
  # The only TLS key to talk to; empty for what is known.
  passwordGiven @8 :Bool;
  # Whether a password is there already: keys are not tried then.
}

struct Trouble @0xbbbc6d1778505bad {
  # Why something was not done, as the command will tell it.
  exit @0 :UInt8;
  # What the command ends with.
  code @1 :Text;
  # A stable word for programs.
  sentence @2 :Text;
  # What happened.
  advice @3 :Text;
  # What to do; may be empty.
}

struct Status @0xa5b6c420717e7b5c {
  # A session that is held.
  name @0 :Text;
  # What it is called here.
  endpoint @1 :Text;
  # The node, as `host:port`.
  fingerprint @2 :Text;
  # The TLS key that the node proved to hold.
  account @3 :Text;
  # The account; empty for guests and anonymous sessions.
  again @4 :Text;
  # The command that signs in again.
  sinceMs @5 :UInt64;
  # Since when it is held, in milliseconds since 1970.
}

struct Handle @0x8fa414cbed59155f {
  # A capability that is kept by number.
  number @0 :UInt32;
  # Its number: `%1` is the first.
  interfaceId @1 :UInt64;
  # The interface it is used as; 0 where nobody knows.
  origin @2 :Text;
  # Where it came from, as `cap.method`.
}

interface Prompter @0x95174ffdb9556e82 {
  # The person at the terminal. Every method answers when the person has.
  ask @0 (prompt :Text, secret :Bool, url :Text, userCode :Text) -> (answered :Bool, answer :Data);
  # Asks for a line.
  confirm @1 (endpoint :Text, fingerprint :Text) -> (confirmed :Bool);
  # Asks whether a node seen for the first time is the one that is meant.
  note @2 (text :Text) -> ();
  # Tells something.
}

interface Starter @0xa82e0bd18645aa7c {
  # What the background process offers to the command that started it.
  signIn @0 (wish :Wish, prompter :Prompter) -> (done :Bool, status :Status, trouble :Trouble);
  # Connects and signs in. When `done` the process serves its socket, and stays when the command goes.
}

interface Held @0xb65016cab40b78f8 {
  # What it offers to every later command.
  status @0 () -> (status :Status);
  # Which session it is.
  session @1 () -> (session :Session.RemoteSession);
  # The session itself: calls go through to the node.
  renew @2 (durationMs :UInt64, prompter :Prompter) -> (done :Bool, expiresAtMs :UInt64, trouble :Trouble);
  # Extends the session after a fresh proof, the way it was signed in; 0 asks for what the profile gives.
  logout @3 () -> ();
  # Ends the session, and the process after the answer.
  keep @4 (capability :Capability, interfaceId :UInt64, origin :Text) -> (number :UInt32);
  # Keeps a capability under the next number. Denies `quotaExceeded` when too many are kept.
  handles @5 () -> (handles :List(Handle));
  # Everything kept, by number.
  handle @6 (number :UInt32) -> (capability :Capability);
  # What is kept under a number. Denies `unknownCap`.
  drop @7 (numbers :List(UInt32), all :Bool) -> (dropped :UInt32);
  # Lets go of some, or of all, and tells how many there were.
}
