@0xd5b1f7b0a3c2e491;
# The laboratory: one interface with every shape of call that the mechanism has to carry.
# It exists for tests and benchmarks alone.

interface Lab @0xa6b4c1d5e8f70213 {
  echo @0 (payload :Data) -> (payload :Data);
  # Gives back what it was given.

  next @1 () -> (lab :Lab);
  # A fresh child of this object: the link of a pipelined chain.

  nested @2 () -> (inner :Nest);
  # A child two structs deep.

  callBack @3 (to :Callback, payload :Data) -> (payload :Data);
  # Calls `to` and answers with its answer.

  keep @4 (to :Callback) -> ();
  # Keeps `to` for later calls of `ring`.

  ring @5 (payload :Data) -> (payload :Data);
  # Calls the kept callback.

  loopback @6 (cap :AnyPointer) -> (cap :AnyPointer);
  # Gives back the capability it was given.

  sink @7 (chunk :Data) -> stream;
  # Swallows a chunk; fails with the text that follows when the chunk begins with "fail:".

  total @8 () -> (chunks :UInt64, bytes :UInt64);
  # What `sink` has swallowed so far.

  hang @9 () -> ();
  # Never answers.

  fail @10 (text :Text) -> ();
  # Fails with that text.

  later @11 () -> (lab :Lab);
  # Answers at once with a promise that resolves when `release` is called.

  release @12 () -> ();
  # Resolves every promise that `later` gave out.

  refuse @13 (text :Text) -> ();
  # Breaks every promise that `later` gave out.

  many @14 (count :UInt32) -> (labs :List(Lab));
  # That many children in a list.

  tail @15 (to :Callback, payload :Data) -> (payload :Data);
  # Like `callBack`, and copies nothing but the answer: stands for a tail call.

  slow @16 (milliseconds :UInt32) -> ();
  # Answers after that time.
}

struct Nest @0xe0c5d3a1b2974586 {
  deeper :group {
    lab @0 :Lab;
  }
  note @1 :Text;
  next @2 :Nest;
}

interface Callback @0xb9d2e6f4a1c80357 {
  call @0 (payload :Data) -> (payload :Data, lab :Lab);
}
