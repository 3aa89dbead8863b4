@0xcc0524cfcab1171f;
# The audit journal. Granted as `audit`.

struct AuditRow @0xb591a78ad23aed14 {
  # One row of the journal.
  sequence @0 :UInt64;
  # Its place: 1 for the first.
  atMs @1 :UInt64;
  # When, in milliseconds since 1970, by the node's clock at that time.
  kind @2 :Text;
  # What kind of event, such as `session.begun`.
  payload @3 :Data;
  # What happened, as JSON.
  hash @4 :Data;
  # SHA-256 over this row and the hash of the one before, as the manual's page `audit(5)` says.
}

struct AuditCheckpoint @0xdd5fa23014c093ae {
  # The journal's end, signed by the node, to be kept elsewhere.
  sequence @0 :UInt64;
  # The last row.
  hash @1 :Data;
  # Its hash.
  atMs @2 :UInt64;
  # When it was signed, in milliseconds since 1970.
  signature @3 :Data;
  # By the key of the node's TLS identity.
}

struct AuditVerdict @0x81387ce3930817b7 {
  # What a check of the whole journal found.
  rows @0 :UInt64;
  # How many rows were read.
  sound @1 :Bool;
  # Whether nothing is wrong.
  faults @2 :List(Text);
  # What is wrong, each in one sentence; the first hundred.
}

interface AuditSink @0xbe202a37d8b49b7e {
  # Takes rows; made by whoever follows the journal.
  row @0 (row :AuditRow) -> stream;
  # One row, each after the one before.
}

interface AuditFollow @0xb667cd18145c3495 {
  # A following under way. It ends when this is dropped, or when the sink fails.
}

interface AuditLog @0x873c1e35d4edf388 {
  # Holding it allows to read the record of everybody's sign-ins, sessions and calls, and not to change it.
  rows @0 (from :UInt64, limit :UInt16) -> (rows :List(AuditRow), end :UInt64);
  # Rows from a sequence on, at most `limit`, 0 for as many as an answer holds; `end` is the last row there is.
  follow @1 (from :UInt64, sink :AuditSink) -> (following :AuditFollow);
  # Gives the sink every row from a sequence on, and each that is written later. 0 begins with the next one. Rows that
  # record the giving of a row are left out; `rows` has them. Denies `quotaExceeded` for too many at once.
  verify @2 (checkpoints :List(AuditCheckpoint)) -> (verdict :AuditVerdict);
  # Reads the whole journal and tells what is wrong with it; with checkpoints also whether its end was cut off or all
  # of it written anew.
  checkpoint @3 () -> (checkpoint :AuditCheckpoint);
  # Signs the journal's end.
}
