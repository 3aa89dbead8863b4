@0xb0b058960d04e774;
# Administration of who may sign in and what they are given. Granted as `accounts`.

using Identity = import "identity.capnp";

enum AccountState @0x8c5cd1a8e03d1905 {
  # Whether an account may be used.
  active @0;
  # It may sign in.
  disabled @1;
  # An administrator has switched it off; its sessions have ended.
  locked @2;
  # It may not sign in until an administrator has looked at it.
  recoveryOnly @3;
  # It may sign in to its recovery profile alone.
}

struct AccountKey @0x9370637a33c8d7f0 {
  # A public key that an account may sign in with.
  fingerprint @0 :Text;
  # As `ssh-keygen -l` shows it: `SHA256:…`.
  algorithm @1 :Text;
  # Its type, such as `ssh-ed25519`.
  comment @2 :Text;
  # What its owner calls it.
  addedAtMs @3 :UInt64;
  # When it was added, in milliseconds since 1970.
}

struct Account @0x98fcfc4a701804af {
  # One account. Nothing of what it signs in with can be read back.
  name @0 :Text;
  # Its name, by which a sign-in selects it.
  displayName @1 :Text;
  # How to address its owner.
  kind @2 :Identity.PrincipalKind;
  # What kind of actor it is.
  state @3 :AccountState;
  # Whether it may be used.
  roles @4 :List(Text);
  # Its roles, which say what profiles it may enter.
  defaultProfile @5 :Text;
  # The profile it enters where it asks for none.
  hasPassword @6 :Bool;
  # Whether it has a password.
  passwordIsOneTime @7 :Bool;
  # Whether that password is good only to be replaced.
  keys @8 :List(AccountKey);
  # Its public keys.
  revision @9 :UInt64;
  # Grows with each change; a change names the one it was made from.
  createdAtMs @10 :UInt64;
  # When it was made, in milliseconds since 1970.
  recoveryProfile @11 :Text;
  # The one profile it may enter while it is `recoveryOnly`; empty for none.
}

struct AccountChange @0xbb8f21f61c4d2324 {
  # What an account is to be, its name and what it signs in with aside.
  displayName @0 :Text;
  # How to address its owner.
  kind @1 :Identity.PrincipalKind;
  # What kind of actor it is.
  state @2 :AccountState;
  # Whether it may be used.
  roles @3 :List(Text);
  # Its roles; each must exist.
  defaultProfile @4 :Text;
  # The profile it enters where it asks for none; one of those its roles allow.
  recoveryProfile @5 :Text;
  # The one profile it may enter while it is `recoveryOnly`; empty for none.
}

struct Role @0xe63d54e1b4d67140 {
  # A named set of profiles.
  name @0 :Text;
  # Its name.
  profiles @1 :List(Text);
  # The profiles that its holders may enter.
  revision @2 :UInt64;
  # Grows with each change; 0 for one that is new.
}

struct Profile @0xaa2f6f21a585a493 {
  # What a session of this profile is given.
  name @0 :Text;
  # Its name.
  definition @1 :Text;
  # What it gives, as JSON; the manual's page `profile(5)` describes it.
  retired @2 :Bool;
  # Whether it gives nothing any more; nobody can enter a retired profile.
  revision @3 :UInt64;
  # Grows with each change; 0 for one that is new.
}

interface AccountAdmin @0xb0d9a1cb84635cd5 {
  # Holding it allows to decide who may sign in and what they are given. Every change is in the audit journal before it
  # is answered, and reaches the sessions that are live. All methods deny `badRequest` for what does not exist, exists
  # already or has been changed since its revision was read; the sentence says which.
  list @0 (after :Text, limit :UInt16) -> (accounts :List(Account), more :Bool);
  # Accounts in the order of their names, from the one after `after` on; at most `limit`, 0 for as many as an answer holds.
  get @1 (name :Text) -> (account :Account);
  # One account.
  create @2 (name :Text, account :AccountChange) -> (account :Account);
  # Makes an account, which cannot sign in before it has a password or a key.
  update @3 (name :Text, revision :UInt64, account :AccountChange) -> (account :Account);
  # Changes an account. One that is no longer active loses its sessions before this is answered; one that may no longer
  # enter a profile loses those of that profile.
  remove @4 (name :Text, revision :UInt64) -> ();
  # Takes an account away and ends its sessions. Denies `badRequest` for the last one that may administer accounts.
  setPassword @5 (name :Text, password :Data, oneTime :Bool) -> (account :Account);
  # Gives an account a password. With `oneTime` it is good for 24 hours, from loopback, and only to be replaced.
  removePassword @6 (name :Text) -> (account :Account);
  # Takes an account's password away.
  addKey @7 (name :Text, key :Text) -> (account :Account);
  # Lets an account sign in with a public key, given as a line of OpenSSH's: type, base64, comment.
  removeKey @8 (name :Text, fingerprint :Text) -> (account :Account);
  # Takes a key away.
  roles @9 () -> (roles :List(Role));
  # All roles.
  putRole @10 (role :Role) -> (role :Role);
  # Makes or changes a role.
  removeRole @11 (name :Text, revision :UInt64) -> ();
  # Takes a role away. Denies `badRequest` where an account has it.
  profiles @12 () -> (profiles :List(Profile));
  # All profiles.
  putProfile @13 (profile :Profile) -> (profile :Profile);
  # Makes or changes a profile. Grants it no longer gives are revoked in the sessions that are live before this is
  # answered; what it gives anew reaches them when they are renewed.
  removeProfile @14 (name :Text, revision :UInt64) -> ();
  # Takes a profile away and ends its sessions. Denies `badRequest` where a role names it.
}
