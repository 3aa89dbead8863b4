@0x9aeb3acd7dddbf0f;
# Terminals: programs that draw on a screen and read keys.

using Annotations = import "annotations.capnp";
using Shell = import "shell.capnp";

struct TerminalSize @0xb6e7bc5e73222710 {
  # In characters.
  columns @0 :UInt16;
  # Across, 1 to 1,000.
  rows @1 :UInt16;
  # Down, 1 to 1,000.
}

struct TerminalOptions @0xc1bcf9151d2e56a8 {
  # What is to be opened.
  command @0 :List(Text);
  # The program and its arguments; empty: the login shell.
  cwd @1 :Text;
  # Where it runs; the home where it is empty.
  env @2 :List(Shell.EnvironmentVariable);
  # Variables beside the terminal's own.
  size @3 :TerminalSize;
  # How large it is; 80 by 24 where it is left out.
  title @4 :Text;
  # What to call it until the program says otherwise.
  term @5 :Text = "xterm-256color";
  # What the program takes the terminal for.
}

struct TerminalInfo @0xa923a2963449fcf5 {
  # One terminal.
  id @0 :UInt32;
  # Its number within the session.
  title @1 :Text;
  # What the program calls it.
  command @2 :Text;
  # What was opened.
  size @3 :TerminalSize;
  # How large it is.
  running @4 :Bool;
  # Whether the program has not ended.
  exitCode @5 :Int32;
  # Its status; 1 where a signal ended it.
  signal @6 :Text $Annotations.optional;
  # The signal that ended it; empty where none did.
  startedAtMs @7 :UInt64;
  # When it was opened, in milliseconds since 1970.
  viewers @8 :UInt32;
  # How many look at it.
  recorded @9 :Bool;
  # Whether it is recorded.
  pid @10 :UInt32;
  # The program's number among the session's own processes.
}

interface Terminals @0x822d428b3d674b4f {
  # The terminals of a session, in the same confined place as its shell. They outlive whoever looks at them, and end
  # with the session.

  open @0 (options :TerminalOptions) -> (terminal :Terminal, info :TerminalInfo);
  # Opens one. Denies `badRequest` where the program is not there, `quotaExceeded` when there are as many as may be, and
  # `serviceUnavailable` where it would have to be recorded and cannot.

  list @1 () -> (terminals :List(TerminalInfo));
  # Those that are open, and those that ended and were not closed, by number.

  attach @2 (id :UInt32) -> (terminal :Terminal, info :TerminalInfo);
  # One of them. Denies `badRequest` where there is none of that number.
}

interface Terminal @0x9f96455dabca052b {
  # One terminal. It goes on when this is dropped; `close` ends it.

  input @0 (data :Data) -> stream;
  # What is typed; waits while the program reads nothing. Does nothing once it has ended.

  resize @1 (size :TerminalSize) -> ();
  # Another size, for everybody who looks at it. Denies `badRequest` for one that cannot be.

  signal @2 (signal :Text) -> ();
  # Sends a signal to what is in the foreground, by the names of `ShellStream.kill`.

  close @3 () -> ();
  # Hangs up: SIGHUP, and SIGKILL for what is left after a grace period; then it is no longer listed.

  info @4 () -> (info :TerminalInfo);
  # How it stands.

  wait @5 () -> (info :TerminalInfo);
  # Answers when the program has ended.

  bytes @6 (viewer :TerminalBytes, scrollback :UInt32) -> (view :TerminalView);
  # Shows it to a real terminal: first what draws the screen as it is, with that many lines before it, then what the
  # program writes. The program waits for this viewer.

  screen @7 (viewer :TerminalScreen, framesPerSecond :UInt16) -> (view :TerminalView);
  # Shows it as a picture: first the whole screen, then what has changed, at most so many times a second (0: as many as
  # the node allows). Whoever is slow gets fewer frames, each of them the newest.

  scrollback @8 (from :UInt32, count :UInt32) -> (lines :List(ScreenLine), total :UInt32);
  # Lines that have left the screen at the top; `from` counts upwards from the newest, which is 0.

  observe @9 () -> (observer :TerminalObserver);
  # A narrower object, to watch with.
}

interface TerminalObserver @0x9c1cd8a72c28446c {
  # Watches a terminal: nothing can be typed, resized or ended by this.

  info @0 () -> (info :TerminalInfo);
  # As the terminal's.

  bytes @1 (viewer :TerminalBytes, scrollback :UInt32) -> (view :TerminalView);
  # As the terminal's, but the program does not wait: whoever is too slow gets the screen drawn anew instead.

  screen @2 (viewer :TerminalScreen, framesPerSecond :UInt16) -> (view :TerminalView);
  # As the terminal's.

  scrollback @3 (from :UInt32, count :UInt32) -> (lines :List(ScreenLine), total :UInt32);
  # As the terminal's.

  wait @4 () -> (info :TerminalInfo);
  # As the terminal's.
}

interface TerminalView @0xbe46d6a187dcef73 {
  # Somebody looks at a terminal, for as long as this is held.
}

interface TerminalBytes @0xd6b14a3eabc04cbb {
  # A viewer that is a real terminal. A client serves it.

  bytes @0 (data :Data, anew :Bool, size :TerminalSize) -> stream $Annotations.closedBy("ended");
  # What to draw. `anew`: the terminal is to be reset before, for this draws everything. `size` is what it was written
  # for.

  ended @1 (info :TerminalInfo) -> ();
  # The program has ended, and all that it wrote was shown before.
}

interface TerminalScreen @0xb5cb8b52c818780e {
  # A viewer that draws pictures. A client serves it.

  frame @0 (frame :ScreenFrame) -> ();
  # What has changed. The next one comes after the answer.

  ended @1 (info :TerminalInfo) -> ();
  # The program has ended, and its last frame was shown before.
}

enum CursorShape @0x8ac8a012c7fdae7e {
  # How the cursor is drawn.
  block @0;
  # The whole place.
  underline @1;
  # A line below.
  bar @2;
  # A line before.
}

enum MouseTracking @0xfe1dbcc2da04cfac {
  # What the program wants to hear of a mouse.
  none @0;
  # Nothing.
  clicks @1;
  # Buttons.
  drags @2;
  # Buttons, and movement while one is down.
  movement @3;
  # Everything.
}

struct ScreenFrame @0xd65ae3b264bf26b0 {
  # A picture of a terminal, or what has changed since the one before.
  sequence @0 :UInt64;
  # Counts the frames of one view.
  full @1 :Bool;
  # Whether it is a whole picture: then nothing of the one before counts.
  size @2 :TerminalSize;
  # How large it is.
  lines @3 :List(ScreenLine);
  # Those that have changed, or all.
  cursorRow @4 :UInt16;
  # Where the cursor is.
  cursorColumn @5 :UInt16;
  # Where the cursor is.
  cursorVisible @6 :Bool;
  # Whether it is drawn.
  cursorShape @7 :CursorShape;
  # How it is drawn.
  title @8 :Text;
  # What the program calls the terminal; text without control characters.
  bells @9 :UInt32;
  # How often it rang since the frame before.
  scrollback @10 :UInt32;
  # How many lines have left the screen at the top and are kept.
  alternate @11 :Bool;
  # Whether it is the screen of a program that has no scrollback.
  applicationCursor @12 :Bool;
  # Whether arrow keys are to be sent as applications want them.
  applicationKeypad @13 :Bool;
  # Whether the number pad is.
  bracketedPaste @14 :Bool;
  # Whether what is pasted is to be marked as such.
  mouse @15 :MouseTracking;
  # What to send of a mouse.
  mouseSgr @16 :Bool;
  # Whether in the newer form.
  focusEvents @17 :Bool;
  # Whether to say that the window has the focus.
  scrolled @18 :UInt32;
  # By how many lines the picture moved up since the frame before; the lines given are counted after it.
}

struct ScreenLine @0xf00de8c1e88a9f40 {
  # One line of a screen, from left to right; what is not said is blank.
  row @0 :UInt32;
  # Its place, from the top; in a scrollback, upwards from the newest.
  runs @1 :List(ScreenRun);
  # Its text.
  wrapped @2 :Bool;
  # Whether the next line goes on with it.
}

struct ScreenRun @0xcffe6099d1012a02 {
  # Text of one style, without control characters.
  text @0 :Text;
  # What is written.
  columns @1 :UInt16;
  # How many places it takes.
  foreground @2 :UInt32;
  # Its colour: 0 the viewer's own, 0x01000000 + n one of 256, 0x02000000 + 0xRRGGBB that very one.
  background @3 :UInt32;
  # Likewise.
  attributes @4 :UInt16;
  # 1 bold, 2 dim, 4 italic, 8 underlined, 16 blinking, 32 reversed, 64 hidden, 128 struck out, 256 doubly underlined.
}
