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
  # Where it happened: a channel's name, or `@` and the sender's handle for what was said to this session alone. Empty
  # for what the service has to say of this session itself.
  sender @1 :Text;
  # The handle of whoever caused it; empty for the service itself. Nobody else can have it in that channel meanwhile.
  kind @2 :ChatEventKind;
  # What it is.
  text @3 :Text;
  # The words, where there are any: one line, without characters that a terminal would obey.
}

interface Chat @0xa383b2af5a8fa8f2 {
  # One session's seat in the chat. Holding it allows to join channels, to speak in those joined and to read what is
  # said there. Other sessions' seats cannot be reached from it.

  join @0 (channel :Text, handle :Text) -> (joined :Bool);
  # Enters a channel under a handle, or takes another handle in a channel joined already. Without a handle, one is made
  # of what the node calls the session; the first `joined` event of the channel tells it. False when the handle is
  # taken there, looks like one that is, or is reserved, and when the channel is not open to this session. A channel
  # that is not there is opened: its name is `[a-z0-9][a-z0-9._-]{0,63}`. Denies `badRequest` for an ill-formed channel
  # or handle, `quotaExceeded` past the number of channels or members allowed and for too many in too short a time.

  leave @1 (channel :Text) -> (left :Bool);
  # Leaves a channel. False when it was not joined.

  send @2 (channel :Text, text :Text) -> (sent :Bool);
  # Says something in a joined channel; everybody there is told, the one who said it too. Under `@` and a handle it is
  # said directly. False when it was not joined, or this session is muted there. Denies `badRequest` for a text that is
  # empty, too long or more than one line, `quotaExceeded` for too many in too short a time.

  who @3 (channel :Text) -> (members :List(Text));
  # The handles present in a joined channel; empty when it was not joined. Denies `quotaExceeded` for too many in too
  # short a time, as do `channels` and `history`.

  poll @4 (maxEvents :UInt16) -> (events :List(ChatEvent));
  # Takes up to so many waiting events, oldest first; with none waiting, an empty list at once. What nobody takes is
  # dropped in time, oldest first; then the first event tells how many were.

  channels @5 () -> (channels :List(ChatChannel));
  # The channels open to this session, joined or not, in the order of their names.

  subscribe @6 (listener :ChatListener) -> (subscription :ChatSubscription);
  # Tells the listener of everything that `poll` would give, from here on and in order, for as long as the subscription
  # is held. `poll` gives nothing meanwhile. Another subscription takes the place of the one before. A listener that
  # throws is told no more, unless it is `overloaded`: then it is told again a little later.

  history @7 (channel :Text, before :UInt64, most :UInt16) -> (messages :List(ChatMessage), more :Bool);
  # Messages of a joined channel from before the given number, 0 for the latest; oldest first. Empty when it was not
  # joined.

  direct @8 (handle :Text, text :Text) -> (sent :Bool);
  # Says something to one who is present in a channel that this session has joined too, and to nobody else. It comes as
  # an event of the channel named `@` and the sender's handle, and is kept nowhere. False where there is no such handle,
  # and where different people have it in different channels: then `HANDLE@CHANNEL` says which. Denies as `send` does.
}

struct ChatChannel @0xe447353517de9480 {
  # One channel.
  name @0 :Text;
  # Its name.
  topic @1 :Text;
  # What it is about.
  members @2 :UInt32;
  # How many are present.
  joined @3 :Bool;
  # Whether this session is.
}

struct ChatMessage @0x9890ce80ef7b4c3f {
  # A message as it is kept.
  number @0 :UInt64;
  # Its number in the channel, from 1.
  atMs @1 :UInt64;
  # When it was said, in milliseconds since 1970.
  sender @2 :Text;
  # Under which handle.
  text @3 :Text;
  # The words.
}

interface ChatListener @0xf44c7dacae36ff81 {
  # Is told what happens.

  events @0 (events :List(ChatEvent), missed :UInt32) -> ();
  # Some events, oldest first; the next come when this has been answered. `missed` counts those before them that were
  # dropped because the listener was slow.
}

interface ChatSubscription @0xa9a874ef0b59ed0b {
  # Events are told for as long as this is held.
}

struct ChatMember @0x9d04a4f14f33642f {
  # Somebody present in a channel.
  handle @0 :Text;
  # Under which handle.
  number @1 :UInt64;
  # Names this seat to moderators; another one for each session.
  mutedUntilMs @2 :UInt64;
  # Until when it may not speak there, in milliseconds since 1970; 0 where it may.
}

interface ChatModeration @0x8b5c5a1cec4c689a {
  # Keeps order in all channels. A capability of its own: to hold a seat in the chat does not allow it. `done` is false
  # where there is no such channel or handle; where it is true, the change is on the disk. What is laid down for a
  # handle holds for the account behind it, in all its sessions; for a guest, until its session ends. Denies
  # `badRequest` for an ill-formed handle or text, `quotaExceeded` past the number of bans or mutes allowed in a channel.

  members @0 (channel :Text) -> (members :List(ChatMember));
  # Who is present.

  mute @1 (channel :Text, handle :Text, seconds :UInt32) -> (done :Bool);
  # Lets one who is present, or was just now, say nothing there for some time; 0 seconds ends it.

  remove @2 (channel :Text, handle :Text, reason :Text) -> (done :Bool);
  # Sends one out of a channel. It may come back.

  ban @3 (channel :Text, handle :Text, seconds :UInt32, reason :Text) -> (done :Bool);
  # Sends one out of a channel, and lets nobody in for some time who comes under its handle or its pseudonym; 0 seconds:
  # until it is pardoned. A handle that is not present is kept out all the same.

  pardon @4 (channel :Text, handle :Text) -> (done :Bool);
  # Ends a ban of that handle.

  erase @5 (channel :Text, number :UInt64) -> (done :Bool);
  # Takes a message out of the history, and off the disk.

  setTopic @6 (channel :Text, topic :Text) -> (done :Bool);
  # Says what a channel is about; an empty text takes the topic away.

  close @7 (channel :Text, reason :Text) -> (done :Bool);
  # Sends everybody out, and lets nobody in.

  reopen @8 (channel :Text) -> (done :Bool);
  # Lets people in again.
}
