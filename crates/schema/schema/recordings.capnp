@0x9825f7fff5337bd0;
# Recordings of terminals. The node keeps them, where nothing that runs in a terminal can reach them.

using Annotations = import "annotations.capnp";
using Terminals = import "terminals.capnp";

struct RecordingEvent @0xe0dfc62686904c7f {
  # Something that happened in a terminal.
  afterMs @0 :UInt64;
  # When, after the start.
  union {
    output @1 :Data;
    # What the program wrote.
    resized @2 :Terminals.TerminalSize;
    # Another size.
    marker @3 :Text;
    # Something worth finding again.
  }
}

interface Recorder @0xffd5a1c8595fc6eb {
  # Keeps recordings of one session. The node gives it to the service that runs terminals.

  start @0 (title :Text, command :Text, size :Terminals.TerminalSize) -> (recording :RecordingSink);
  # Begins one. Denies `quotaExceeded` where there is no room for another.
}

interface RecordingSink @0xe38fcfaf7b1cb140 {
  # A recording that is being made. What was written cannot be changed by this, only continued. Dropping it ends it.

  write @0 (events :List(RecordingEvent)) -> stream;
  # Continues it. Denies `quotaExceeded` when it is as large as may be, and `serviceUnavailable` where it cannot be kept.

  finish @1 (exitCode :Int32, signal :Text) -> ();
  # Ends it; answers once it is kept for good.
}

struct RecordingInfo @0xfef13cb73740badf {
  # One recording.
  id @0 :Text;
  # Names it among those that this shows, and is good for nothing else.
  title @1 :Text;
  # What the terminal was called.
  command @2 :Text;
  # What was opened.
  size @3 :Terminals.TerminalSize;
  # How large the terminal was at the start.
  startedAtMs @4 :UInt64;
  # When it began, in milliseconds since 1970.
  durationMs @5 :UInt64;
  # How long it is.
  bytes @6 :UInt64;
  # How much it takes.
  state @7 :RecordingState;
  # Whether it is whole.
  exitCode @8 :Int32;
  # The program's status.
  signal @9 :Text $Annotations.optional;
  # The signal that ended the program; empty where none did.
  owner @10 :Text;
  # Whose terminal it was; empty in one's own recordings.
  session @11 :Text;
  # The public handle of the session that it was made in.
}

enum RecordingState @0xcbe41d825614fc18 {
  # Whether a recording is whole.
  running @0;
  # It is being made.
  finished @1;
  # It has everything, to the end of the program.
  cut @2;
  # It ends before the program did: it was full, its session ended, or the node did.
}

interface Recordings @0xf8f4e1806fd748e6 {
  # Recordings that somebody may see: a person's own, or for an auditor all.

  list @0 (cursor :Text, most :UInt32) -> (recordings :List(RecordingInfo), cursor :Text);
  # The newest first, at most so many; with `cursor` those after it. An empty cursor in the answer: there are no more.

  open @1 (id :Text) -> (recording :Recording);
  # One of them. Denies `badRequest` where there is none of that name.

  remove @2 (id :Text) -> ();
  # Removes one that is not being made. Denies `methodDenied` where recordings may not be removed by this.
}

interface Recording @0x9f49a7f0b3c190b4 {
  # One recording, to be read.

  info @0 () -> (info :RecordingInfo);
  # What it is.

  read @1 (reader :RecordingReader, offset :UInt64) -> (bytes :UInt64);
  # Writes it to `reader` as asciicast v2, from that byte on; answers when all there is was written. Waits for a slow
  # reader.
}

interface RecordingReader @0xf2d3d991d34e2b12 {
  # Takes a recording. A client serves it.

  write @0 (chunk :Data) -> stream;
  # The next bytes.
}
