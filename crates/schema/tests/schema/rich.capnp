@0x9ac40afb7a2ef91e;
# Every shape of value that reflection has to carry. For tests alone.

using Annotations = import "/annotations.capnp";
using Chat = import "/chat.capnp".Chat;

enum Colour @0xa1f36cb61d2a7001 {
  red @0;
  green @1;
  deepBlue @2;
}

struct Numbers @0xa1f36cb61d2a7002 {
  nothing @0 :Void;
  yes @1 :Bool;
  tiny @2 :Int8;
  small @3 :Int16;
  medium @4 :Int32;
  large @5 :Int64;
  utiny @6 :UInt8;
  usmall @7 :UInt16;
  umedium @8 :UInt32;
  ularge @9 :UInt64;
  single @10 :Float32;
  double @11 :Float64;
  colour @12 :Colour;
}

struct Defaults @0xa1f36cb61d2a7003 {
  yes @0 :Bool = true;
  tiny @1 :Int8 = -5;
  large @2 :Int64 = -9000000000;
  ularge @3 :UInt64 = 18000000000000000000;
  double @4 :Float64 = 2.5;
  colour @5 :Colour = deepBlue;
  text @6 :Text = "by default";
  data @7 :Data = 0x"00 ff";
  list @8 :List(Int16) = [1, -2, 3];
  numbers @9 :Numbers = (yes = true, umedium = 7);
  words @10 :List(Text) = ["one", "two"];
}

struct Shape @0xa1f36cb61d2a7004 {
  name @0 :Text;
  union {
    point @1 :Void;
    circle @2 :Float64;
    polygon @3 :List(Corner);
    box :group {
      width @4 :UInt16;
      height @5 :UInt16;
    }
    label @6 :Text;
  }
  fill :union {
    none @7 :Void;
    colour @8 :Colour;
    pattern @9 :Data;
  }
  struct Corner @0xa1f36cb61d2a7005 {
    x @0 :Int32;
    y @1 :Int32;
  }
}

struct Lists @0xa1f36cb61d2a7006 {
  voids @0 :List(Void);
  bools @1 :List(Bool);
  bytes @2 :List(UInt8);
  shorts @3 :List(Int16);
  ints @4 :List(UInt32);
  longs @5 :List(UInt64);
  singles @6 :List(Float32);
  doubles @7 :List(Float64);
  texts @8 :List(Text);
  datas @9 :List(Data);
  colours @10 :List(Colour);
  shapes @11 :List(Shape);
  grid @12 :List(List(Int8));
  deep @13 :List(List(List(Shape)));
  chats @14 :List(Chat);
}

struct Box @0xa1f36cb61d2a7007 (T) {
  value @0 :T;
  note @1 :Text;
}

struct Pair @0xa1f36cb61d2a7008 (A, B) {
  first @0 :A;
  second @1 :B;
  swapped @2 :Swap;
  struct Swap @0xa1f36cb61d2a7009 {
    left @0 :B;
    right @1 :A;
  }
}

struct Everything @0xa1f36cb61d2a700a {
  numbers @0 :Numbers;
  defaults @1 :Defaults;
  shape @2 :Shape;
  lists @3 :Lists;
  words @4 :Box(Text);
  nested @5 :Pair(List(Text), Box(Numbers));
  cap @6 :Chat;
  any @7 :AnyPointer;
  next @8 :Everything;
  unbound @9 :Box;
  caps @10 :Box(Chat);
  some @11 :Capability;
}

interface Base @0xa1f36cb61d2a700b {
  ping @0 (text :Text) -> (text :Text);
  # Gives the text back.

  both @1 () -> (note :Text, pair :Both);
  # Two capabilities, a struct deep.
}

struct Both @0xa1f36cb61d2a7010 {
  note @0 :Text;
  first :group {
    base @1 :Base;
  }
  union {
    second @2 :Base;
    third @3 :Capability;
    none @4 :Void;
  }
}

interface Worker @0xa1f36cb61d2a700c (T) extends(Base) {
  work @0 (item :T) -> (item :T, nest :Nest);
  # Works on one item.

  pour @1 (chunk :Data) -> stream;
  # Takes a chunk.

  poured @2 () -> (bytes :UInt64);
  # How much was taken.

  any @3 [P] (value :P) -> (value :P);
  # Gives anything back.

  struct Nest @0xa1f36cb61d2a700d {
    inner :group {
      base @0 :Base;
    }
    note @1 :Text;
    deeper @2 :Nest;
    choice :union {
      one @3 :Worker(Text);
      two @4 :AnyPointer;
    }
    bases @5 :List(Base);
  }
}

interface TextWorker @0xa1f36cb61d2a700e extends(Worker(Text)) {
  child @0 () -> (worker :TextWorker, nest :Worker(Text).Nest);
  # Another worker, twice.
}

struct Setting @0xa1f36cb61d2a7020 $Annotations.keyValue(()) {
  name @0 :Text;
  numbers @1 :Numbers;
}

struct Choice @0xa1f36cb61d2a7021 $Annotations.keyValue(key = "answer", value = "question") {
  question :union {
    yes @0 :Void;
    number @1 :Int32;
  }
  answer @2 :Text;
}

struct Told @0xa1f36cb61d2a7022 {
  settings @0 :List(Setting);
  choices @1 :List(Choice) $Annotations.optional;
  note @2 :Text $Annotations.optional;
  data @3 :Data $Annotations.optional;
  number @4 :UInt64 $Annotations.optional;
}

interface Mirror @0xa1f36cb61d2a7030 {
  # Gives back whatever it is given.

  everything @0 (value :Everything) -> (value :Everything);
  told @1 (value :Told) -> (value :Told);
  several @2 (tiny :UInt8, text :Text = "by default", shape :Shape) -> (tiny :UInt8, text :Text = "by default", shape :Shape);
  mirror @3 (mirror :Mirror) -> (mirror :Mirror);
  worker @4 (worker :Worker(Text)) -> (worker :Worker(Text));
  settings @5 (settings :List(Setting)) -> (settings :List(Setting));
  shape @6 Shape -> Shape;
  any @7 (any :AnyPointer) -> (any :AnyPointer);
  some @8 (some :Capability) -> (some :Capability);
}
