@0xcdf008283e361c64;
# The manual: pages written by people, pages drawn from schemas, and an index of both.

struct PageRef @0xc13e8d5e2239f10e {
  # Where a page is.
  name @0 :Text;
  # Its name.
  section @1 :UInt8;
  # Its section, 1 to 9.
  siteOnly @2 :Bool;
  # Whether the page exists only on the project's site, not on this node.
}

enum Source @0xfd32e1d415bb1841 {
  # Where a page's text comes from.
  schemaReflection @0;
  # Drawn from an interface's schema and its comments.
  prose @1;
  # Written by hand.
  runtime @2;
  # Made by the node from its present state.
}

struct ManPage @0xcc6e32037014ce69 {
  # One page.
  name @0 :Text;
  # Its name.
  section @1 :UInt8;
  # Its section.
  title @2 :Text;
  # One line that says what it is about.
  body @3 :Text;
  # The text, in Markdown.
  seeAlso @4 :List(PageRef);
  # Where to read on.
  examples @5 :List(Text);
  # Examples, each to be shown as it is.
  source @6 :Source;
  # Where the text comes from.
  lastReviewed @7 :Text;
  # The date of the last review, as yyyy-mm-dd; empty when never.
  buildId @8 :Text;
  # The build that the page belongs to.
}

struct Topic @0xe0ef6716b609fd8d {
  # A group of pages.
  key @0 :Text;
  # Its stable name.
  title @1 :Text;
  # Its title.
  pages @2 :List(PageRef);
  # What belongs to it.
}

struct Apropos @0xf1a1681ab73350d7 {
  # What a search found.
  query @0 :Text;
  # What was looked for.
  matches @1 :List(PageRef);
  # The pages, best first.
}

interface Manual @0xa47540e09e7d1f31 {
  # The node's manual. Holding it allows to read pages; a page never tells more of this node than its holder was
  # granted.

  page @0 (name :Text, section :UInt8) -> (page :ManPage);
  # One page; section 0 takes the first that has one of that name. A name that nothing has exactly is looked for again
  # without regard to case. Denies `badRequest` where there is none.

  apropos @1 (query :Text) -> (result :Apropos);
  # Pages that have all the words in their name, title or text, names before titles before texts; the last word may be
  # the beginning of one. Denies `badRequest` for an empty or overlong query.

  topics @2 () -> (topics :List(Topic));
  # All topics.

  section @3 (section :UInt8) -> (pages :List(PageRef));
  # All pages of one section; none for a section that does not exist.

  describe @4 (interfaceId :UInt64) -> (page :ManPage);
  # The page of an interface, drawn from its schema. Denies `badRequest` for an interface that the node does not know.

  buildInfo @5 () -> (commit :Text, builtAt :Text);
  # What the node was built from and when.

  schema @6 (interfaceId :UInt64) -> (request :Data);
  # The compiled schema that an interface comes from: a `CodeGeneratorRequest` message in the standard framing, comments
  # included, with everything that the interface refers to. What a client needs to call it without having been built for
  # it. Denies `badRequest` for an interface that the node does not know.
}
