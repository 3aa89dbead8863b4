@0x98a497a88551895c;
# Commands that a service describes, so that any client can draw controls for them.

using Annotations = import "annotations.capnp";

struct CommandChoice @0xd18421c982e95c75 {
  # One of the values that a parameter can have.
  value @0 :Text;
  # What to give.
  label @1 :Text;
  # What to show.
}

struct CommandParameter @0xe3ce3ccf863ca34e {
  # What a command takes.
  name @0 :Text;
  # Its stable name.
  label @1 :Text;
  # Its title.
  summary @2 :Text;
  # What it means.
  optional @3 :Bool;
  # Whether it may be left out.
  type :union {
    # What values it can have.
    text :group {
      # Words, without control characters.
      maxBytes @4 :UInt32;
      # How many bytes of UTF-8 at most.
    }
    integer :group {
      # A whole number.
      min @5 :Int64;
      # The least.
      max @6 :Int64;
      # The greatest.
    }
    boolean @7 :Void;
    # Yes or no.
    choice @8 :List(CommandChoice);
    # One of these, and nothing else at this moment.
    suggestion @9 :List(CommandChoice);
    # Words; these are what makes sense at this moment.
  }
}

struct CommandSpec @0xf98c9d5a894e167f {
  # One command.
  name @0 :Text;
  # Its stable name.
  label @1 :Text;
  # Its title.
  summary @2 :Text;
  # What it does.
  group @3 :Text;
  # What it is shown together with.
  parameters @4 :List(CommandParameter);
  # What it takes, in order.
  available @5 :Bool;
  # Whether it is possible right now.
  reason @6 :Text $Annotations.optional;
  # Why not; empty where it is.
}

struct CommandMenu @0xe5284d2cd3c61c3a {
  # What can be done right now.
  title @0 :Text;
  # Of what.
  status @1 :Text;
  # Where things stand, in a line or a few.
  revision @2 :UInt64;
  # Another whenever anything else here is.
  commands @3 :List(CommandSpec);
  # The commands, in the order to show them.
}

struct CommandArgument @0xcc69a16bd407e524 $Annotations.keyValue(key = "name", value = "value") {
  # A value for a parameter.
  name @0 :Text;
  # The parameter's name.
  value :union {
    # The value, of the parameter's type.
    text @1 :Text;
    # For text, choices and suggestions.
    integer @2 :Int64;
    # For whole numbers.
    boolean @3 :Bool;
    # For yes or no.
  }
}

struct CommandOutcome @0xc4b21da85a4f115a {
  # What came of a command.
  done @0 :Bool;
  # Whether it did what was asked; false where the rules of the service forbid it.
  text @1 :Text;
  # What to show.
  menu @2 :CommandMenu;
  # What can be done now.
}

interface CommandSurface @0xaf430f8f111773c8 {
  # The commands of one session at a service. Holding it allows to do what they do.

  menu @0 () -> (menu :CommandMenu);
  # What can be done right now.

  invoke @1 (command :Text, arguments :List(CommandArgument)) -> (outcome :CommandOutcome);
  # Carries out a command. What the rules of the service forbid, and a command that is described as not possible right
  # now, is told in `outcome`; denies `badRequest` for a command that does not exist, and for an argument that is
  # unknown, given twice, missing or of another type or range than described.
}
