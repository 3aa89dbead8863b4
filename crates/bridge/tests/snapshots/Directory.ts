import type { RpcStub, RpcTarget } from "capnweb";

/** Bytes, in any container. */
export type Bytes = ArrayBuffer | ArrayBufferView;

/** Reads and changes what is in a directory and beneath it. */
export interface Directory extends RpcTarget {
  /** As `ReadableDirectory` does. */
  list(...args: [path?: string, after?: number | bigint, most?: number] | [named: {
    path?: string;
    after?: number | bigint;
    most?: number;
  }]): Promise<{
    entries: FileEntry[];
    next: number | bigint;
  }>;
  /** As `ReadableDirectory` does. */
  stat(...args: [path?: string, follow?: boolean] | [named: {
    path?: string;
    follow?: boolean;
  }]): Promise<FileEntry>;
  /** A directory beneath. From it nothing can be reached that is not beneath it, wherever it is moved. */
  directory(path?: string): Promise<RpcStub<Directory>>;
  /** A file beneath, which need not be there yet. */
  file(path?: string): Promise<RpcStub<File>>;
  /** A narrower object, to read with. */
  readOnly(): Promise<RpcStub<ReadableDirectory>>;
  /** Makes a directory; with `parents`, also those above it, and false where it is there already. */
  make(...args: [path?: string, parents?: boolean] | [named: {
    path?: string;
    parents?: boolean;
  }]): Promise<boolean>;
  /**
   * Removes what is there, a link itself and an empty directory included; with `recursive`, also all that is beneath it,
   * as far as it is on the same file system. Answers how much that was, when it is gone. Dropping the call ends it, with
   * what was removed so far gone.
   */
  remove(...args: [path?: string, recursive?: boolean] | [named: {
    path?: string;
    recursive?: boolean;
  }]): Promise<number | bigint>;
  /** Gives it another name, at once. */
  rename(...args: [from?: string, to?: string, mode?: RenameMode] | [named: {
    from?: string;
    to?: string;
    mode?: RenameMode;
  }]): Promise<void>;
  /** Makes a symbolic link. Its target is relative to where the link is, and must not lead out of this directory. */
  link(...args: [path?: string, target?: string] | [named: {
    path?: string;
    target?: string;
  }]): Promise<void>;
  /** Sets the permission bits, of 0o777, of a file or a directory. */
  setMode(...args: [path?: string, mode?: number] | [named: {
    path?: string;
    mode?: number;
  }]): Promise<void>;
  /** Says when it was last changed; of a link, itself. */
  setModified(...args: [path?: string, seconds?: number | bigint, nanoseconds?: number] | [named: {
    path?: string;
    seconds?: number | bigint;
    nanoseconds?: number;
  }]): Promise<void>;
}

/** What there is under one name. */
export interface FileEntry {
  /** The last name of the path; empty for the directory that was asked itself. What is no UTF-8 is replaced. */
  name: string;
  /** What it is. */
  kind: EntryKind;
  /** Its bytes; of a file with holes, those in the holes too. */
  size: number | bigint;
  /** When its content was last changed, in seconds since 1970. */
  modifiedSeconds: number | bigint;
  /** And how much later than that second. */
  modifiedNanoseconds: number;
  /** Its permission bits, as `chmod` takes them. */
  mode: number;
  /** Where a link leads, as it is written in it; what is no UTF-8 is replaced. */
  target?: string;
  /** Whether its name is no UTF-8, so that no path reaches it. */
  unreachable: boolean;
  /** The bytes that it takes on the disk. */
  stored: number | bigint;
}

/** Reads and writes one file: whatever is under its path at the time of each call. There need not be anything yet. */
export interface File extends RpcTarget {
  /** What there is. */
  stat(): Promise<FileEntry>;
  /** As `ReadableFile` does. */
  read(...args: [offset?: number | bigint, length?: number | bigint, reader?: FileReaderLike] | [named: {
    offset?: number | bigint;
    length?: number | bigint;
    reader?: FileReaderLike;
  }]): Promise<{
    length: number | bigint;
    size: number | bigint;
    changed: boolean;
  }>;
  /** As `ReadableFile` does. */
  checksum(...args: [offset?: number | bigint, length?: number | bigint] | [named: {
    offset?: number | bigint;
    length?: number | bigint;
  }]): Promise<{
    sha256: Uint8Array;
    length: number | bigint;
  }>;
  /**
   * Writes the whole file anew, beside what is there, and puts it in that place when it is finished: everybody sees all
   * of the old or all of the new. A link under that name is replaced itself. It allows the directory above to be there
   * already, and to be written.
   */
  replace(options?: WriteOptions): Promise<RpcStub<FileWriter>>;
  /**
   * Writes in place from there on, and makes the file where there is none. What is there is kept outside of what is
   * written; past the end is a hole. It is what a copy that was interrupted goes on with.
   */
  write(...args: [offset?: number | bigint, options?: WriteOptions] | [named: {
    offset?: number | bigint;
    options?: WriteOptions;
  }]): Promise<RpcStub<FileWriter>>;
  /** Cuts it off, or adds a hole. */
  resize(size?: number | bigint): Promise<void>;
  /** A narrower object, to read with. */
  readOnly(): Promise<RpcStub<ReadableFile>>;
}

/** Reads what is in a directory and beneath it. It allows nothing to be changed. */
export interface ReadableDirectory extends RpcTarget {
  /**
   * Some entries of a directory, in no order: from the beginning where `after` is 0, else from where the answer before
   * said; `next` is 0 after the last. There are at most `most`, 0: as many as the service gives at once, and fewer where
   * they would be too long. An entry that is there all the time is given once; one that comes or goes meanwhile, perhaps.
   */
  list(...args: [path?: string, after?: number | bigint, most?: number] | [named: {
    path?: string;
    after?: number | bigint;
    most?: number;
  }]): Promise<{
    entries: FileEntry[];
    next: number | bigint;
  }>;
  /** What there is; of a link, with `follow`, what it leads to. */
  stat(...args: [path?: string, follow?: boolean] | [named: {
    path?: string;
    follow?: boolean;
  }]): Promise<FileEntry>;
  /** A directory beneath. From it nothing can be reached that is not beneath it, wherever it is moved. */
  directory(path?: string): Promise<RpcStub<ReadableDirectory>>;
  /** A file beneath, which need not be there yet. */
  file(path?: string): Promise<RpcStub<ReadableFile>>;
}

/** What becomes of what is there already. */
export type RenameMode =
  /** It is replaced, where it is a file or an empty directory, and what comes is the same. */
  | "replace"
  /** It stays, and the renaming is denied. */
  | "noReplace"
  /** The two change places. Both must be there. */
  | "exchange"
  /** One that this schema does not know. */
  | number;

/** What a name stands for. */
export type EntryKind =
  /** A file with bytes in it. */
  | "file"
  /** A directory. */
  | "directory"
  /** A symbolic link. */
  | "link"
  /** A pipe, a socket or a device. It can be renamed and removed, but never opened. */
  | "other"
  /** There is nothing of that name, which only `stat` tells. */
  | "nothing"
  /** One that this schema does not know. */
  | number;

/** What can be given as a `FileReader`. */
export type FileReaderLike =
  | RpcStub<FileReader>
  | WritableStream<Uint8Array>
  | {
      chunk?: (data: Uint8Array) => void;
      done?: () => void;
    };

/** How a file is written. What is left out is as it is described. */
export interface WriteOptions {
  /** Its permission bits when it is finished, of 0o777. 0: those of the file that was there; 0o644 for a new one. */
  mode?: number;
  /** When it is to be said to have been changed; both 0: when it was. */
  modifiedSeconds?: number | bigint;
  modifiedNanoseconds?: number;
  /** Denies `badRequest` where there is a file already, at the latest when it is finished. */
  noReplace?: boolean;
}

/** One writing of one file. Dropping it is to abandon it. */
export interface FileWriter extends RpcTarget {
  /** The next bytes. Once one has failed, so do all that follow, and `finish`, with the same words. */
  write(data?: Bytes): Promise<void>;
  /**
   * Ends it, after all that was written so far, and says how large the file is; with `sync`, it is on the disk then.
   * Nothing can be written after.
   */
  finish(sync?: boolean): Promise<number | bigint>;
  /** Ends it. A file that was to be replaced is as it was; of one that is written in place, what was written stays. */
  abandon(): Promise<void>;
}

/** Reads one file: whatever file is under its path at the time of each call. It allows nothing to be changed. */
export interface ReadableFile extends RpcTarget {
  /** What there is. */
  stat(): Promise<FileEntry>;
  /**
   * Gives the reader up to so many bytes from there on, 0: all that there are; past the end, none. Answers when it has
   * taken them all: how many they were, how large the file is, and whether it was written to meanwhile, so that what was
   * read may be of two states of it. A file that is replaced meanwhile is read to its end as it was. Dropping the call
   * ends it. Fails as the reader does.
   */
  read(...args: [offset?: number | bigint, length?: number | bigint, reader?: FileReaderLike] | [named: {
    offset?: number | bigint;
    length?: number | bigint;
    reader?: FileReaderLike;
  }]): Promise<{
    length: number | bigint;
    size: number | bigint;
    changed: boolean;
  }>;
  /**
   * The SHA-256 of those bytes, and how many they are: less than were asked for where the file is shorter. 0: all from
   * there on. Dropping the call ends it.
   */
  checksum(...args: [offset?: number | bigint, length?: number | bigint] | [named: {
    offset?: number | bigint;
    length?: number | bigint;
  }]): Promise<{
    sha256: Uint8Array;
    length: number | bigint;
  }>;
}

/** Who is given a file's bytes. A client serves it. */
export interface FileReader extends RpcTarget {
  /** The next bytes, in order and without gaps. The next ones come as fast as these are answered. */
  chunk(data?: Bytes): Promise<void>;
  /** Those were all. To be answered when they were taken. */
  done(): Promise<void>;
}
