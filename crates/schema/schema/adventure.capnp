@0xe5b081625079447d;
# A world of rooms to walk through, alone or in a party.

struct RoomExit @0xe9ced64ea421d28a {
  # A way out of a room.
  direction @0 :Text;
  # What to say to `go`.
  roomId @1 :Text;
  # Where it leads.
}

struct AdventureRoomView @0xe2713f3a66b923cf {
  # A room as the player sees it.
  roomId @0 :Text;
  # The room's stable name.
  roomChannel @1 :Text;
  # The chat channel of those who are in it.
  title @2 :Text;
  # Its title.
  description @3 :Text;
  # What there is to see.
  exits @4 :List(RoomExit);
  # The ways out.
  items @5 :List(Text);
  # What lies here to be taken.
  mission @6 :Text;
  # The mission under way, if any.
  lead @7 :Text;
  # The next hint towards it.
  actors @8 :List(Text);
  # Who is here to talk to.
  mobs @9 :List(Text);
  # Who is here to fight.
  writs @10 :List(Text);
  # The commissions that can be asked for here.
}

interface Adventure @0xf1bf3c0374429f5a {
  # One player in the world. Holding it allows to act as that player. What the rules of the world forbid is told in
  # `text` and is no denial; every method denies `badRequest` for words that are too long or not well formed.

  look @0 () -> (view :AdventureRoomView);
  # The room the player is in.

  go @1 (direction :Text) -> (view :AdventureRoomView, text :Text);
  # Walks through an exit.

  take @2 (item :Text) -> (view :AdventureRoomView, text :Text);
  # Picks up an item.

  drop @3 (item :Text) -> (view :AdventureRoomView, text :Text);
  # Puts an item down.

  inventory @4 () -> (items :List(Text));
  # What the player carries.

  leave @5 () -> ();
  # Leaves the world; `resume` comes back to the same place.

  inspect @6 (target :Text) -> (text :Text);
  # Looks at something closely.

  use @7 (item :Text) -> (text :Text);
  # Uses an item carried or in the room.

  status @8 () -> (text :Text);
  # How the player fares.

  attack @9 (mob :Text, zone :Text) -> (text :Text);
  # Attacks a mob, aiming at a zone.

  skill @10 (name :Text, target :Text, zone :Text) -> (text :Text);
  # Uses a skill on a target.

  cast @11 (spell :Text, target :Text, zone :Text) -> (text :Text);
  # Casts a spell on a target.

  guard @12 (target :Text) -> (text :Text);
  # Shields somebody until the next move.

  give @13 (item :Text, actor :Text) -> (text :Text);
  # Hands an item to an actor.

  ask @14 (actor :Text, topic :Text) -> (text :Text);
  # Asks an actor about a topic.

  order @15 (actor :Text, task :Text) -> (text :Text);
  # Gives a following actor a task.

  seal @16 (target :Text) -> (text :Text);
  # Closes something for good.

  request @17 (writ :Text) -> (text :Text);
  # Asks for a writ that is offered here.

  accept @18 (writ :Text) -> (text :Text);
  # Takes on a writ that was granted.

  delegate @19 (writ :Text, actor :Text) -> (text :Text);
  # Passes a writ to an actor, who then acts under it.

  revoke @20 (writ :Text) -> (text :Text);
  # Takes a delegated writ back.

  recover @21 (relic :Text) -> (view :AdventureRoomView, text :Text);
  # Recovers a relic; the room may change.

  resume @22 () -> (view :AdventureRoomView);
  # Comes back to where the player left.

  retreat @23 () -> (view :AdventureRoomView, text :Text);
  # Flees to the room before.

  quote @24 (offer :Text, actor :Text) -> (text :Text);
  # Asks a trader for a price.

  buy @25 (offer :Text, actor :Text) -> (text :Text);
  # Buys from a trader.

  sell @26 (item :Text, actor :Text) -> (text :Text);
  # Sells to a trader.

  trade @27 (item :Text, actor :Text) -> (text :Text);
  # Barters an item.

  repair @28 (target :Text, actor :Text) -> (text :Text);
  # Has something mended.

  partyCreate @29 (name :Text) -> (text :Text);
  # Founds a party and leads it.

  partyInvite @30 (player :Text) -> (text :Text);
  # Invites another player to the party.

  partyAccept @31 (party :Text) -> (text :Text);
  # Joins a party one was invited to.

  partyLeave @32 () -> (text :Text);
  # Leaves the party.

  partyDelegate @33 (writ :Text, player :Text) -> (text :Text);
  # Passes a writ to a member of the party.

  assist @34 (player :Text, task :Text) -> (text :Text);
  # Helps another player with a task.

  transfer @35 (item :Text, player :Text) -> (text :Text);
  # Hands an item to another player.
}

enum AdventureCueKind @0x87bd7b647708c98b {
  # What an actor is to react to.
  asked @0;
  # A player asks about a topic.
  given @1;
  # A player gives it an item.
  ordered @2;
  # A player gives it a task.
  entered @3;
  # A player comes into its room.
  idle @4;
  # Nothing happened for a while: it may do something of its own.
}

struct AdventureCue @0xdd8c29a87b5f9046 {
  # Something that happened to an actor.
  number @0 :UInt64;
  # Names it; to be given back with the reply.
  kind @1 :AdventureCueKind;
  # What.
  player @2 :Text;
  # Who, as the world shows that player; empty for `idle`.
  subject @3 :Text;
  # The topic, item or task.
  room @4 :AdventureRoomView;
  # What the actor sees.
  facts @5 :List(Text);
  # What the actor knows that bears on it, as `key=value`.
}

interface AdventureActor @0xa6ea31858b51e87b {
  # One actor of the world, for the process that plays it. Holding it allows to act as that actor and as nobody else.

  cue @0 () -> (cue :AdventureCue);
  # Waits for the next thing to react to.

  reply @1 (number :UInt64, text :Text, deed :Text) -> (accepted :Bool);
  # What the actor says to a cue, and what it does besides: empty, or a deed that the world knows. False where the cue is
  # over, or the deed is not one that this actor can do.

  say @2 (text :Text) -> ();
  # Says something to everybody in the room.
}
