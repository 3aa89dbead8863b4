@0xd25e28e81b324f31;
# Programs that talk in lines.

using Terminal = import "terminal.capnp";

interface Console @0x861dc60165c3784f {
  # A program that talks with a person on the terminal that it is given. Any service may serve one; whoever holds it
  # brings the terminal.

  run @0 (terminal :Terminal.TerminalSession, arguments :List(Text)) -> (exitCode :Int32);
  # Talks until either has had enough; answers then. The program holds the terminal for no longer. Dropping the call ends
  # it.
}
