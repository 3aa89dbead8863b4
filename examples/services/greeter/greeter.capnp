@0x89905c5304d322b5;
# A service in another language than the node's: an example to start from. Whoever holds the node's schema of services
# and this file can write the same in any language that has Cap'n Proto.

interface Greeter @0x99897029e13af385 {
  # One visitor's greeter. Holding it allows to be greeted, by the name that the node tells the service.

  hello @0 (greeting :Text) -> (text :Text, visits :UInt64);
  # Greets, with "Hello" where no other word is given. `visits` counts the greetings: those of all sessions for somebody
  # who has an account, those of this session for a guest.

  counter @1 (start :Int64) -> (counter :Counter);
  # A fresh counter, which belongs to nobody but the one who asked.

  countdown @2 (start :UInt16, listener :Listener) -> (told :UInt16);
  # Tells the listener each number down to 0, the next when it has answered; no more than 1,000.

  note @3 (line :Text) -> stream;
  # Takes one of many lines, which are counted and thrown away.

  noted @4 () -> (lines :UInt64, bytes :UInt64);
  # What `note` has taken from this visitor in this session.
}

interface Counter @0xe3ed52c4fed81287 {
  # A number.

  increment @0 (by :Int64) -> (value :Int64);
  # Adds to it, and says what it is.
}

interface Listener @0xaf18c32335bed027 {
  # Is told numbers.

  tick @0 (number :UInt16) -> ();
  # One number.
}
