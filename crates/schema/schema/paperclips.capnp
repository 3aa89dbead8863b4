@0xeb7167fcf713ee3a;
# A game of making paperclips.

struct PaperclipsCommandResult @0xc8002cc514f9969d {
  # What a command came to.
  text @0 :Text;
  # What to show.
  exit @1 :Bool;
  # Whether the player asked to stop.
}

struct PaperclipsCommandSpec @0xc1eb0de38b71ff4c {
  # One command the game understands.
  usage @0 :Text;
  # How it is written.
  description @1 :Text;
  # What it does.
}

struct PaperclipsCommandList @0x8c3be2f1a50c296f {
  # The commands of this stage of the game.
  commands @0 :List(PaperclipsCommandSpec);
  # The commands, in the order to show them.
  notes @1 :List(Text);
  # Lines to show below.
}

enum PaperclipsProjectStatus @0xec5cd4add744fb0e {
  # How far a project is.
  done @0;
  # Finished.
  ready @1;
  # Can be started.
  needsResources @2;
  # Something is missing.
}

struct PaperclipsProjectEntry @0xf50ab8c6f62eba36 {
  # One project.
  id @0 :Text;
  # What a command calls it.
  label @1 :Text;
  # Its title.
  description @2 :Text;
  # What it brings.
  renderedCost @3 :Text;
  # What it costs, ready to show.
  status @4 :PaperclipsProjectStatus;
  # How far it is.
}

struct PaperclipsProjectList @0xc7cab1d5f2d5051f {
  # The projects in sight.
  projects @0 :List(PaperclipsProjectEntry);
  # The projects, in the order to show them.
}

struct PaperclipsStatusSnapshot @0xcd30c9dcf50b9ce1 {
  # The whole visible state at one moment. Each `show…` field tells whether what follows it is known to the player yet.
  stageLabel @0 :Text;
  # The name of the stage.
  clipsAvailable @1 :UInt64;
  # Clips made and not sold.
  clipsTotal @2 :UInt64;
  # Clips ever made.
  wire @3 :UInt64;
  # Wire left, in clips.
  fundsCents @4 :UInt64;
  # Money, in cents.
  priceCents @5 :UInt64;
  # The price of a clip, in cents.
  demand @6 :UInt64;
  # How much the public wants clips, in per cent.
  wireBundlePriceCents @7 :UInt64;
  # The price of a bundle of wire, in cents.
  wireBundleSize @8 :UInt64;
  # The wire in one bundle, in clips.
  trust @9 :UInt64;
  # Trust earned.
  operations @10 :UInt64;
  # Operations ready to be spent.
  operationCapacity @11 :UInt64;
  # The most operations that can be kept.
  showDesign @12 :Bool;
  # Whether `design` is to be shown.
  design @13 :UInt64;
  # Points of design.
  showStrategy @14 :Bool;
  # Whether `strategy` is to be shown.
  strategy @15 :UInt64;
  # Points of strategy.
  marketingLevel @16 :UInt64;
  # The level of marketing.
  clipsSold @17 :UInt64;
  # Clips ever sold.
  manualMakeMsLeft @18 :UInt64;
  # Milliseconds until the clip being made by hand is done.
  showAutoclippers @19 :Bool;
  # Whether `autoclippers` is to be shown.
  autoclippers @20 :UInt64;
  # Machines that make clips.
  showDrones @21 :Bool;
  # Whether `drones` is to be shown.
  drones @22 :UInt64;
  # Machines that gather matter.
  showFactories @23 :Bool;
  # Whether `factories` is to be shown.
  factories @24 :UInt64;
  # Machines that turn matter into clips.
  showProbes @25 :Bool;
  # Whether `probes` is to be shown.
  probes @26 :UInt64;
  # Probes sent out.
  showMatter @27 :Bool;
  # Whether the two kinds of matter are to be shown.
  localMatter @28 :UInt64;
  # Matter within reach.
  cosmicMatter @29 :UInt64;
  # Matter beyond it.
  finalConversionComplete @30 :Bool;
  # Whether everything has become clips.
  automationStalledNoWire @31 :Bool;
  # Whether the machines stand still for want of wire.
  currencyUnitCents @32 :UInt64;
  # How many cents make one unit of the currency shown.
  currencyFractionWidth @33 :UInt64;
  # How many digits to show after the point.
  recentEvents @34 :List(PaperclipsEvent);
  # What happened lately, oldest first.
}

enum PaperclipsEventKind @0xfb7c189eb349c7fe {
  # What can happen by itself.
  manualMakeCompleted @0;
  # A clip was made by hand.
  projectCompleted @1;
  # A project is finished.
  phaseTransition @2;
  # The game has entered another stage.
  automationStalled @3;
  # The machines have stopped.
}

struct PaperclipsEvent @0xce566045250e640f {
  # Something that happened.
  sequence @0 :UInt64;
  # Counts events; never repeats within a game.
  gameTimeMs @1 :UInt64;
  # When, in milliseconds of game time.
  kind @2 :PaperclipsEventKind;
  # What.
  label @3 :Text;
  # A short name.
  detail @4 :Text;
  # More words.
}

interface PaperclipsGame @0xd72dfd2455563c7b {
  # One game. Holding it allows to play it and to see its state; other players' games cannot be reached from it.

  initial @0 () -> (text :Text);
  # The words to greet the player with.

  command @1 (text :Text) -> (result :PaperclipsCommandResult);
  # Carries out one line of command. A command that the game does not understand or allow is explained in the result;
  # denies `badRequest` for a line too long.

  tick @2 (milliseconds :UInt64) -> (text :Text);
  # Lets game time pass at once and tells what came of it, where the session lends the game a `ProofAccelerator`. To
  # everybody else it says that time cannot be skipped, and does nothing. Denies `badRequest` for more time than the game
  # takes at once.

  commands @3 () -> (list :PaperclipsCommandList);
  # What the game understands at this stage.

  status @4 () -> (snapshot :PaperclipsStatusSnapshot);
  # The whole visible state.

  projects @5 () -> (list :PaperclipsProjectList);
  # The projects in sight.
}

interface ProofAccelerator @0xd6608ac7bae5f1aa {
  # Allows to let game time pass that has not passed. A grant of its own, for tests and demonstrations: a session that
  # does not lend it to the game cannot skip time.

  allow @0 (milliseconds :UInt64) -> ();
  # Answers where that much may be skipped.
}
