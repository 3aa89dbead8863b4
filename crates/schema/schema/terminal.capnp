@0xe36036a8709765b3;
# Line-oriented text: the plainest way for a program to talk with a person.

enum LineEcho @0xbe16a47ad199fced {
  # What a person sees of what is typed.
  visible @0;
  # The characters themselves.
  hidden @1;
  # Nothing: for passwords and other secrets.
}

enum LineStatus @0xd39fd38583436395 {
  # How reading a line ended.
  submitted @0;
  # The person sent the line.
  cancelled @1;
  # The person gave up on this line; the terminal goes on.
  closed @2;
  # The terminal is gone; no further line will come.
}

struct LineRequest @0xa261366decd29a85 {
  # What to ask a person for.
  prompt @0 :Text;
  # Shown before the cursor.
  maxBytes @1 :UInt32;
  # The longest line taken, in bytes; what is longer is cut by the terminal, never by the reader.
  echo @2 :LineEcho;
  # Whether the line is shown while it is typed.
  allowEmpty @3 :Bool;
  # Whether an empty line counts as submitted; otherwise the prompt is repeated.
}

interface TerminalSession @0x93484e804b83f366 {
  # One person's text terminal. Holding it allows to show text there and to ask for lines, and nothing else: no keys
  # while no line is asked for, no size, no history.

  write @0 (data :Data) -> ();
  # Shows bytes of UTF-8 text as they are, without a line end. Denies `badRequest` when they are not text and
  # `quotaExceeded` when the reader is too far behind.

  writeLine @1 (text :Text) -> ();
  # Shows one line of text and its end. Denies as `write` does.

  readLine @2 (request :LineRequest) -> (status :LineStatus, line :Data);
  # Asks for one line; answers when it is submitted, cancelled or the terminal closes. `line` is empty unless the
  # status is `submitted`. One line at a time: denies `tooManyCalls` while another is being asked for.
}
