@0xbbc3bf01379eac04;
# Channels in which people and programs talk.

enum ChatEventKind @0xff56c29e6f7a9d35 {
  # What happened in a channel.
  message @0;
  # Somebody said something.
  joined @1;
  # Somebody came in.
  left @2;
  # Somebody went.
  system @3;
  # The service itself has something to say.
  history @4;
  # A message from before this session joined.
}

struct ChatEvent @0x9025101040dc7ffb {
  # One event of one channel.
  channel @0 :Text;
  # Where it happened.
  sender @1 :Text;
  # The handle of whoever caused it; empty for the service itself.
  kind @2 :ChatEventKind;
  # What it is.
  text @3 :Text;
  # The words, where there are any.
}

interface Chat @0xa383b2af5a8fa8f2 {
  # One session's seat in the chat. Holding it allows to join channels, to speak in those joined and to read what is
  # said there. Other sessions' seats cannot be reached from it.

  join @0 (channel :Text, handle :Text) -> (joined :Bool);
  # Enters a channel under a handle. False when the handle is taken there or the channel is not open to this session.
  # Denies `badRequest` for an ill-formed channel or handle, `quotaExceeded` past the number of channels allowed.

  leave @1 (channel :Text) -> (left :Bool);
  # Leaves a channel. False when it was not joined.

  send @2 (channel :Text, text :Text) -> (sent :Bool);
  # Says something in a joined channel. False when it was not joined. Denies `badRequest` for a text too long,
  # `quotaExceeded` for too many in too short a time.

  who @3 (channel :Text) -> (members :List(Text));
  # The handles present in a joined channel; empty when it was not joined.

  poll @4 (maxEvents :UInt16) -> (events :List(ChatEvent));
  # Takes up to so many waiting events, oldest first; with none waiting, an empty list at once.
}
