@0xc90c51a1401f69b4;
# Files of a session's home.
#
# A path is relative to the directory that is asked: names with `/` between them. It has no zero byte and no `..`; an
# empty path, or `.`, is the directory itself. Links are followed as far as they stay beneath that directory, and one
# that leads out of it is never followed. Names that are no UTF-8 are listed, but no path reaches them; they are removed
# with the directory that they are in.
#
# Every method denies `badRequest`, with a sentence that names the path, where there is nothing of that name (`stat` alone
# says so in its answer), something of another kind, a link out, a path that is no such path, or a place that the home's own permissions close; and
# `quotaExceeded` where the home is full, a file would be too large, or too much is open or under way at once. What was
# there stays as it was then.

using Annotations = import "annotations.capnp";

enum EntryKind @0x8b32dcb9ed11682f {
  # What a name stands for.
  file @0;
  # A file with bytes in it.
  directory @1;
  # A directory.
  link @2;
  # A symbolic link.
  other @3;
  # A pipe, a socket or a device. It can be renamed and removed, but never opened.
  nothing @4;
  # There is nothing of that name, which only `stat` tells.
}

struct FileEntry @0xf03c54c951b4e5e7 {
  # What there is under one name.
  name @0 :Text;
  # The last name of the path; empty for the directory that was asked itself. What is no UTF-8 is replaced.
  kind @1 :EntryKind;
  # What it is.
  size @2 :UInt64;
  # Its bytes; of a file with holes, those in the holes too.
  modifiedSeconds @3 :Int64;
  # When its content was last changed, in seconds since 1970.
  modifiedNanoseconds @4 :UInt32;
  # And how much later than that second.
  mode @5 :UInt16;
  # Its permission bits, as `chmod` takes them.
  target @6 :Text $Annotations.optional;
  # Where a link leads, as it is written in it; what is no UTF-8 is replaced.
  unreachable @7 :Bool;
  # Whether its name is no UTF-8, so that no path reaches it.
  stored @8 :UInt64;
  # The bytes that it takes on the disk.
}

interface FileReader @0x9cbda2015d94e4c7 {
  # Who is given a file's bytes. A client serves it.

  chunk @0 (data :Data) -> stream $Annotations.closedBy("done");
  # The next bytes, in order and without gaps. The next ones come as fast as these are answered.

  done @1 () -> ();
  # Those were all. To be answered when they were taken.
}

interface ReadableFile @0x8e809a0f2344959b {
  # Reads one file: whatever file is under its path at the time of each call. It allows nothing to be changed.

  stat @0 () -> (entry :FileEntry);
  # What there is.

  read @1 (offset :UInt64, length :UInt64, reader :FileReader) -> (length :UInt64, size :UInt64, changed :Bool);
  # Gives the reader up to so many bytes from there on, 0: all that there are; past the end, none. Answers when it has
  # taken them all: how many they were, how large the file is, and whether it was written to meanwhile, so that what was
  # read may be of two states of it. A file that is replaced meanwhile is read to its end as it was. Dropping the call
  # ends it. Fails as the reader does.

  checksum @2 (offset :UInt64, length :UInt64) -> (sha256 :Data, length :UInt64);
  # The SHA-256 of those bytes, and how many they are: less than were asked for where the file is shorter. 0: all from
  # there on. Dropping the call ends it.
}

struct WriteOptions @0xe779a8bfb592cc50 {
  # How a file is written. What is left out is as it is described.
  mode @0 :UInt16;
  # Its permission bits when it is finished, of 0o777. 0: those of the file that was there; 0o644 for a new one.
  modifiedSeconds @1 :Int64;
  # When it is to be said to have been changed; both 0: when it was.
  modifiedNanoseconds @2 :UInt32;
  noReplace @3 :Bool;
  # Denies `badRequest` where there is a file already, at the latest when it is finished.
}

interface FileWriter @0x9643a035de5b0bf0 {
  # One writing of one file. Dropping it is to abandon it.

  write @0 (data :Data) -> stream $Annotations.closedBy("finish");
  # The next bytes. Once one has failed, so do all that follow, and `finish`, with the same words.

  finish @1 (sync :Bool) -> (size :UInt64);
  # Ends it, after all that was written so far, and says how large the file is; with `sync`, it is on the disk then.
  # Nothing can be written after.

  abandon @2 () -> ();
  # Ends it. A file that was to be replaced is as it was; of one that is written in place, what was written stays.
}

interface File @0x9da0369e15352d05 {
  # Reads and writes one file: whatever is under its path at the time of each call. There need not be anything yet.

  stat @0 () -> (entry :FileEntry);
  # What there is.

  read @1 (offset :UInt64, length :UInt64, reader :FileReader) -> (length :UInt64, size :UInt64, changed :Bool);
  # As `ReadableFile` does.

  checksum @2 (offset :UInt64, length :UInt64) -> (sha256 :Data, length :UInt64);
  # As `ReadableFile` does.

  replace @3 (options :WriteOptions) -> (writer :FileWriter);
  # Writes the whole file anew, beside what is there, and puts it in that place when it is finished: everybody sees all
  # of the old or all of the new. A link under that name is replaced itself. It allows the directory above to be there
  # already, and to be written.

  write @4 (offset :UInt64, options :WriteOptions) -> (writer :FileWriter);
  # Writes in place from there on, and makes the file where there is none. What is there is kept outside of what is
  # written; past the end is a hole. It is what a copy that was interrupted goes on with.

  resize @5 (size :UInt64) -> ();
  # Cuts it off, or adds a hole.

  readOnly @6 () -> (file :ReadableFile);
  # A narrower object, to read with.
}

interface ReadableDirectory @0xb6f3259f8336fcc8 {
  # Reads what is in a directory and beneath it. It allows nothing to be changed.

  list @0 (path :Text, after :UInt64, most :UInt32) -> (entries :List(FileEntry), next :UInt64);
  # Some entries of a directory, in no order: from the beginning where `after` is 0, else from where the answer before
  # said; `next` is 0 after the last. There are at most `most`, 0: as many as the service gives at once, and fewer where
  # they would be too long. An entry that is there all the time is given once; one that comes or goes meanwhile, perhaps.

  stat @1 (path :Text, follow :Bool) -> (entry :FileEntry);
  # What there is; of a link, with `follow`, what it leads to.

  directory @2 (path :Text) -> (directory :ReadableDirectory);
  # A directory beneath. From it nothing can be reached that is not beneath it, wherever it is moved.

  file @3 (path :Text) -> (file :ReadableFile);
  # A file beneath, which need not be there yet.
}

enum RenameMode @0xda73ecb10b57594a {
  # What becomes of what is there already.
  replace @0;
  # It is replaced, where it is a file or an empty directory, and what comes is the same.
  noReplace @1;
  # It stays, and the renaming is denied.
  exchange @2;
  # The two change places. Both must be there.
}

interface Directory @0xf2880029c9534ddb {
  # Reads and changes what is in a directory and beneath it.

  list @0 (path :Text, after :UInt64, most :UInt32) -> (entries :List(FileEntry), next :UInt64);
  # As `ReadableDirectory` does.

  stat @1 (path :Text, follow :Bool) -> (entry :FileEntry);
  # As `ReadableDirectory` does.

  directory @2 (path :Text) -> (directory :Directory);
  # A directory beneath. From it nothing can be reached that is not beneath it, wherever it is moved.

  file @3 (path :Text) -> (file :File);
  # A file beneath, which need not be there yet.

  readOnly @4 () -> (directory :ReadableDirectory);
  # A narrower object, to read with.

  make @5 (path :Text, parents :Bool) -> (made :Bool);
  # Makes a directory; with `parents`, also those above it, and false where it is there already.

  remove @6 (path :Text, recursive :Bool) -> (removed :UInt64);
  # Removes what is there, a link itself and an empty directory included; with `recursive`, also all that is beneath it,
  # as far as it is on the same file system. Answers how much that was, when it is gone. Dropping the call ends it, with
  # what was removed so far gone.

  rename @7 (from :Text, to :Text, mode :RenameMode) -> ();
  # Gives it another name, at once.

  link @8 (path :Text, target :Text) -> ();
  # Makes a symbolic link. Its target is relative to where the link is, and must not lead out of this directory.

  setMode @9 (path :Text, mode :UInt16) -> ();
  # Sets the permission bits, of 0o777, of a file or a directory.

  setModified @10 (path :Text, seconds :Int64, nanoseconds :UInt32) -> ();
  # Says when it was last changed; of a link, itself.
}
