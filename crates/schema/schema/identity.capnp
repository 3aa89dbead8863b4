@0x8912e130feb2e9b0;
# Who acts, and how sure the node is of it.

enum PrincipalKind @0xcad2f9bb2891b282 {
  # What kind of actor stands behind a session.
  human @0;
  # A person with an account.
  operator @1;
  # A person who runs the node.
  service @2;
  # A program with an account.
  guest @3;
  # A visitor whom the node lets in under its guest account.
  anonymous @4;
  # Nobody in particular; has no identity at all.
  pseudonymous @5;
  # Somebody who can be recognised again, but not named.
}

enum AuthStrength @0xa147d56c3c48bdf4 {
  # The strongest proof that the session rests on.
  none @0;
  # No proof was asked for.
  localPresence @1;
  # The connection came from the node's own machine.
  password @2;
  # Something known.
  hardwareKey @3;
  # A key that cannot leave its device, a passkey for instance.
  multiParty @4;
  # More than one party had to agree.
  publicKey @5;
  # A signature by a registered key.
}

struct PrincipalInfo @0x97d7c7f1da150887 {
  # What a session may know of its own principal.
  id @0 :Data;
  # An opaque, stable handle; empty for guests and anonymous sessions. No authority follows from knowing it.
  kind @1 :PrincipalKind;
  # What kind of actor this is.
  displayName @2 :Text;
  # How to address the principal.
}

struct SessionInfo @0xa78515ef8184af8b {
  # The facts of one session, as its holder may see them.
  sessionId @0 :Data;
  # A public handle to correlate records with. Nothing accepts it as authority.
  principal @1 :PrincipalInfo;
  # Who acts in the session.
  authStrength @2 :AuthStrength;
  # What the session's proof was worth.
  createdAtMs @3 :UInt64;
  # When it began, in milliseconds since 1970.
  expiresAtMs @4 :UInt64;
  # When it ends unless renewed, in milliseconds since 1970.
  profile @5 :Text;
  # The profile that its bundle of grants comes from.
}

interface UserSession @0x80b87169c39aaf1c {
  # A session seen from within. Holding it allows to read the session's own facts and to end it. Every method denies
  # `staleSession` once the session has ended.

  info @0 () -> (info :SessionInfo);
  # The session's facts.

  auditContext @1 () -> (sessionId :Data, principalId :Data);
  # The two handles under which the audit journal keeps what is done in this session. Neither is authority.

  logout @2 () -> ();
  # Ends the session; everything that was reached through it stops working before the answer comes.
}
