@0x8e61e90c7c82e9fa;
# What a node says of itself to those who are signed in.

interface SystemInfo @0xfbbdc602980cb986 {
  # The node's public face. Holding it allows to read two texts that its operator wrote.

  motd @0 () -> (text :Text);
  # The message of the day; may be empty.

  hostname @1 () -> (name :Text);
  # The node's name, as its operator gave it: not necessarily one that can be resolved.
}
