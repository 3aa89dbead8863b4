@0xe05ce33d0b39badc;
# What a schema says of its values beyond their types, for programs whose language has a more natural form for them.
# None of it changes a byte of any message.

struct Pair @0xfcb4bb3d33b6dc5a {
  # Which members of a struct are a key and its value.
  key @0 :Text;
  # The key's name. It is a text. Empty: the first member.
  value @1 :Text;
  # The value's name. Empty: the second member.
}

annotation keyValue @0x9de3f90d4fc6818e (struct) :Pair;
# A list of such structs is a table: an object in JavaScript. `keyValue(())` takes the first two members. A struct so
# marked has these two and no others, and means nothing by the order of a list, nor by a key that comes twice.

annotation optional @0x8b68d39ac688079a (field, param) :Void;
# Where a text or bytes are empty, or anything else with a pointer is not there, there is nothing to say: it is left out,
# as `undefined` is in JavaScript.

annotation closedBy @0x8c90a4bba33b1a60 (method) :Text;
# For a method that answers with a stream: the name of the one that says that no more comes. Whoever closes what they
# write to calls it, with every parameter left out.
