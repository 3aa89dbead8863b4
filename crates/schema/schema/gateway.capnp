@0xee40767fead1c567;
# The front door: what a client meets before it is signed in.

using Session = import "session.capnp";

enum LoginSelectorKind @0xc302e389d9f35e64 {
  # How a client names an account.
  accountName @0;
  # By the name a person types.
  principalId @1;
  # By the opaque handle that `PrincipalInfo.id` gave.
}

struct LoginSelector @0xe49fd7177883862a {
  # Which account is meant.
  kind @0 :LoginSelectorKind;
  # How it is named.
  value @1 :Data;
  # The name or handle.
}

enum RemoteAuthKind @0xa4f49ff5106a5c05 {
  # A way of signing in.
  password @0;
  # Something known.
  publicKey @1;
  # An SSHSIG signature by a registered key.
  oidcDeviceCode @2;
  # An OpenID provider, on a second device.
  oidcAuthorizationCodePkce @3;
  # An OpenID provider, in a browser on this device.
  passkey @4;
  # A WebAuthn authenticator.
  mtlsClientCert @5;
  # The certificate of the TLS connection itself.
  guest @6;
  # The node's guest account; see `RemoteSessionGateway.guest`.
  anonymous @7;
  # No identity; see `RemoteSessionGateway.anonymous`.
  serviceCredential @8;
  # A program's signed assertion.
}

struct RemoteAuthMethod @0xab01b27dd8d1a176 {
  # A way of signing in that this build supports.
  kind @0 :RemoteAuthKind;
  # Which one.
  label @1 :Text;
  # Its name for a person.
  profileHints @2 :List(Text);
  # Profiles worth asking for with it; neither complete nor a promise.
  interactive @3 :Bool;
  # Whether a person must take part.
  enabled @4 :Bool;
  # Whether policy has it on.
}

struct RemoteAuthStart @0xd3d634f267df93f3 {
  # The beginning of a sign-in.
  kind @0 :RemoteAuthKind;
  # The way chosen.
  selector @1 :LoginSelector;
  # The account, where the way needs one.
  requestedProfile @2 :Text;
  # The profile wanted; empty for the account's default. Never replaced by another: refused instead.
  clientNonce @3 :Data;
  # Random bytes of the client's own, bound into a challenge.
}

struct RemoteAuthStep @0xb96c9fe983b99156 {
  # What the client has to do next. Fields that do not apply are empty.
  prompt @0 :Text;
  # What to ask a person.
  redaction @1 :Bool;
  # Whether the answer must not be shown or recorded.
  url @2 :Text;
  # A page to open.
  userCode @3 :Text;
  # A code to enter or compare there.
  challenge @4 :Data;
  # Bytes to sign.
  expiresAtMs @5 :UInt64;
  # Until when this step can be answered, in milliseconds since 1970.
}

interface RemoteAuthFlow @0xdb7b7f9968f9bd38 {
  # One sign-in under way. Holding it allows to answer its steps; it is of use to whoever began it alone.

  next @0 (response :Data) -> (step :RemoteAuthStep, done :Bool, session :Session.RemoteSession);
  # Answers the step before and gives the next one; empty data asks for the first. When `done`, `session` is the new
  # session and the flow is over. Denies `authenticationDenied` with the same words and in the same time whatever the
  # cause, `badRequest` on a flow that is over.

  cancel @1 () -> ();
  # Gives up. Harmless on a flow that is over.
}

interface RemoteSessionGateway @0xdff45c4361b03269 {
  # The bootstrap object. Anyone who can connect holds it; it allows to sign in and nothing else.

  authMethods @0 () -> (methods :List(RemoteAuthMethod));
  # Every way of signing in that this build supports, in `RemoteAuthKind` order; those that policy has off stay listed.

  start @1 (request :RemoteAuthStart) -> (flow :RemoteAuthFlow);
  # Begins a sign-in. That a flow is given says nothing about whether the account exists. Denies `disabledAuthMethod`
  # for a way that is off, `badRequest` for guest and anonymous, `overloaded`.

  guest @2 (requestedProfile :Text) -> (session :Session.RemoteSession);
  # A session of the guest account; the profile must be `guest`. Denies `disabledAuthMethod` where there is none,
  # `authenticationDenied` for another profile, `tooManySessions`.

  anonymous @3 (requestedProfile :Text) -> (session :Session.RemoteSession);
  # A session without identity, in one of the anonymous profiles. Denies as `guest` does.
}
