@0xbb8934273fc6a6d5;
# Commands: run one and have its result, or start one and hold it while it runs.
# All that a shell starts runs in one confined place that belongs to the session, and ends with it.

using Annotations = import "annotations.capnp";
using Commands = import "commands.capnp";

struct EnvironmentVariable @0x9167c9b9a5810519 $Annotations.keyValue(key = "name", value = "value") {
  # One variable of a command's environment.
  name @0 :Text;
  # Without `=` and zero bytes.
  value @1 :Text;
  # Without zero bytes.
}

struct ShellOptions @0xf8ce845a7a6608b3 {
  # How a command is run. What is left out is as the shell has it.
  cwd @0 :Text;
  # The directory to run in; from the shell's own where it is relative.
  env @1 :List(EnvironmentVariable);
  # Variables beside the shell's, or instead of them.
  timeout @2 :UInt32;
  # Milliseconds after which the command is ended. 0: as long as the node allows; a started command has no end of its
  # own then.
  maxOutput @3 :UInt32;
  # Bytes of output that are kept, of both streams together. 0, or more than the node allows: as many as it allows.
  shell @4 :Text;
  # For `run`: what reads the script, `/bin/bash` where it is empty. For `exec` and `spawn`: a shell that is given the
  # command and its arguments as one line; empty: no shell.
  stdin @5 :Text;
  # What the command reads.
  stdinData @6 :Data;
  # The same as bytes; after `stdin` where both are given.
  bytes @7 :Bool;
  # The result has `stdoutData` and `stderrData` and no texts.
}

struct ShellResult @0x90d092d57b37f0fa {
  # What came of a command.
  exitCode @0 :Int32;
  # Its status; 1 where a signal ended it.
  stdout @1 :Text;
  # What it wrote, as far as it was kept; what is no UTF-8 is replaced.
  stderr @2 :Text;
  # What it wrote as errors, likewise.
  success @3 :Bool;
  # Whether the status is 0 and it ended by itself.
  duration @4 :UInt64;
  # Milliseconds from its start to its end.
  signal @5 :Text $Annotations.optional;
  # The signal that ended it, as `SIGTERM`; empty where none did.
  truncated @6 :Bool;
  # Whether it wrote more than was kept.
  timedOut @7 :Bool;
  # Whether it was ended because its time was over.
  stdoutData @8 :Data;
  # What it wrote, exactly, where bytes were asked for.
  stderrData @9 :Data;
  # What it wrote as errors, likewise.
}

interface DataCallback @0xad15d43fd70bfb04 {
  # Who reads what a command writes. A client serves it.

  data @0 (chunk :Data, skipped :UInt64) -> stream;
  # The next bytes, in order, and how many are missing before them: 0 unless more was written than was kept before
  # somebody read, or the reader is an observer that was too slow.
}

interface ExitCallback @0x989f47ff1a402c98 {
  # Who is told that a command has ended. A client serves it.

  exit @0 (exitCode :Int32, signal :Text $Annotations.optional) -> ();
  # It has ended, and all that it wrote was delivered before.
}

interface ShellStream @0xe1ce2a46265e6ca6 {
  # A command that was started. Holding it is what keeps it running: when it is dropped, the command and everything
  # that it started get SIGTERM, and SIGKILL after a grace period.

  pid @0 () -> (pid :UInt32);
  # Its number among the session's own processes. It means nothing to the host.

  write @1 (data :Data) -> stream $Annotations.closedBy("closeStdin");
  # Gives it bytes to read; waits while it reads none. Denies `badRequest` once its input is closed.

  closeStdin @2 () -> ();
  # Nothing more to read comes, after what was written so far.

  onData @3 (callback :DataCallback) -> ();
  # Delivers what it writes, of both streams in the order in which it is read: first what was kept, once, then what
  # comes. While there is a reader the command waits for it. It is let go of when nothing more comes. Denies
  # `quotaExceeded` for too many readers.

  onStderr @4 (callback :DataCallback) -> ();
  # The same for what it writes as errors alone.

  onStdout @5 (callback :DataCallback) -> ();
  # The same for what it does not write as errors.

  onExit @6 (callback :ExitCallback) -> ();
  # Tells when it has ended, at once where it has. What other readers get comes before.

  kill @7 (signal :Text = "SIGTERM") -> ();
  # Sends a signal to the command and what it runs in its own process group: SIGTERM, SIGKILL, SIGINT, SIGHUP, and also
  # SIGQUIT, SIGUSR1, SIGUSR2, SIGSTOP, SIGCONT, SIGTSTP, SIGWINCH. Does nothing once it has ended. Denies `badRequest`
  # for any other name.

  wait @8 () -> (result :ShellResult);
  # Answers when it has ended. What it writes while nobody reads is kept up to `maxOutput`, then dropped and said to be
  # truncated, so that this always ends when the command does.

  observe @9 () -> (observer :ShellObserver);
  # A narrower object, to watch with.
}

interface ShellObserver @0xa166edf063e882b0 {
  # Watches a command. It cannot be written to, slowed or ended by this; holding it does not keep it running.

  status @0 () -> (command :Text, pid :UInt32, running :Bool, startedAtMs :UInt64, exitCode :Int32, signal :Text $Annotations.optional);
  # How it stands.

  onData @1 (callback :DataCallback) -> ();
  # As the stream's, but whoever is too slow misses bytes, and is told how many.

  onStderr @2 (callback :DataCallback) -> ();
  # The same for errors alone.

  onExit @3 (callback :ExitCallback) -> ();
  # As the stream's.
}

interface Shell @0xab3cabba0815e249 {
  # Runs commands in the session's own confined place: its home, its processes, what of the host's software its profile
  # shows, and nothing else. All of a session's commands see each other. Every method that starts something denies
  # `tooManyCalls` when as many run as may, and `overloaded` when they follow each other too fast.

  exec @0 (command :Text, args :List(Text), options :ShellOptions) -> (result :ShellResult);
  # Runs a program, looked up in the path, and answers when it has ended; what it left running is ended then.
  # A program that is not there ends with 127, one that cannot be run with 126, as in a shell. Dropping the call ends
  # the command.

  spawn @1 (command :Text, args :List(Text), options :ShellOptions) -> (stream :ShellStream);
  # Starts a program and answers at once. Denies `badRequest` where it is not there or cannot be run.

  run @2 (script :Text, options :ShellOptions) -> (result :ShellResult);
  # Runs a script with bash; otherwise as `exec`.

  cwd @3 () -> (path :Text);
  # Where commands run.

  cd @4 (path :Text) -> ();
  # Makes them run elsewhere, from here where it is relative. Denies `badRequest` where there is no such directory.

  env @5 () -> (env :List(EnvironmentVariable));
  # The variables that commands are given.

  setEnv @6 (key :Text, value :Text) -> ();
  # Sets one. Denies `badRequest` for what cannot be a name, and `quotaExceeded` for too much.

  unsetEnv @7 (key :Text) -> ();
  # Removes one.
}

struct TaskDescription @0xafacdd82777b4670 {
  # What a task does and takes.
  name @0 :Text;
  # Its stable name.
  label @1 :Text;
  # Its title.
  summary @2 :Text;
  # What it does.
  parameters @3 :List(Commands.CommandParameter);
  # What it takes, in order.
}

interface ShellTask @0x9785493d2bcbf30c {
  # One fixed command that somebody may run. What may be said to it is checked against its description, put in the
  # places that its configuration names, and never goes through a shell.

  describe @0 () -> (task :TaskDescription);
  # What it does and takes.

  run @1 (arguments :List(Commands.CommandArgument)) -> (result :ShellResult);
  # Runs it and answers when it has ended. Denies `badRequest` for an argument that is unknown, given twice, missing, or
  # of another type or range than described; and as a shell does.

  start @2 (arguments :List(Commands.CommandArgument)) -> (stream :ShellStream);
  # Starts it, with nothing to read, and answers at once.
}
