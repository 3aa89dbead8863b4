import type { RpcStub, RpcTarget } from "capnweb";

/** Bytes, in any container. */
export type Bytes = ArrayBuffer | ArrayBufferView;

/**
 * Runs commands in the session's own confined place: its home, its processes, what of the host's software its profile
 * shows, and nothing else. All of a session's commands see each other. Every method that starts something denies
 * `tooManyCalls` when as many run as may, and `overloaded` when they follow each other too fast.
 */
export interface Shell extends RpcTarget {
  /**
   * Runs a program, looked up in the path, and answers when it has ended; what it left running is ended then.
   * A program that is not there ends with 127, one that cannot be run with 126, as in a shell. Dropping the call ends
   * the command.
   */
  exec(...args: [command?: string, args?: string[], options?: ShellOptions] | [named: {
    command?: string;
    args?: string[];
    options?: ShellOptions;
  }]): Promise<ShellResult>;
  /** Starts a program and answers at once. Denies `badRequest` where it is not there or cannot be run. */
  spawn(...args: [command?: string, args?: string[], options?: ShellOptions] | [named: {
    command?: string;
    args?: string[];
    options?: ShellOptions;
  }]): Promise<RpcStub<ShellStream>>;
  /** Runs a script with bash; otherwise as `exec`. */
  run(...args: [script?: string, options?: ShellOptions] | [named: {
    script?: string;
    options?: ShellOptions;
  }]): Promise<ShellResult>;
  /** Where commands run. */
  cwd(): Promise<string>;
  /** Makes them run elsewhere, from here where it is relative. Denies `badRequest` where there is no such directory. */
  cd(path?: string): Promise<void>;
  /** The variables that commands are given. */
  env(): Promise<Record<string, string>>;
  /** Sets one. Denies `badRequest` for what cannot be a name, and `quotaExceeded` for too much. */
  setEnv(...args: [key?: string, value?: string] | [named: {
    key?: string;
    value?: string;
  }]): Promise<void>;
  /** Removes one. */
  unsetEnv(key?: string): Promise<void>;
}

/** How a command is run. What is left out is as the shell has it. */
export interface ShellOptions {
  /** The directory to run in; from the shell's own where it is relative. */
  cwd?: string;
  /** Variables beside the shell's, or instead of them. */
  env?: Record<string, string>;
  /**
   * Milliseconds after which the command is ended. 0: as long as the node allows; a started command has no end of its
   * own then.
   */
  timeout?: number;
  /** Bytes of output that are kept, of both streams together. 0, or more than the node allows: as many as it allows. */
  maxOutput?: number;
  /**
   * For `run`: what reads the script, `/bin/bash` where it is empty. For `exec` and `spawn`: a shell that is given the
   * command and its arguments as one line; empty: no shell.
   */
  shell?: string;
  /** What the command reads. */
  stdin?: string;
  /** The same as bytes; after `stdin` where both are given. */
  stdinData?: Bytes;
  /** The result has `stdoutData` and `stderrData` and no texts. */
  bytes?: boolean;
}

/** What came of a command. */
export interface ShellResult {
  /** Its status; 1 where a signal ended it. */
  exitCode: number;
  /** What it wrote, as far as it was kept; what is no UTF-8 is replaced. */
  stdout: string;
  /** What it wrote as errors, likewise. */
  stderr: string;
  /** Whether the status is 0 and it ended by itself. */
  success: boolean;
  /** Milliseconds from its start to its end. */
  duration: number | bigint;
  /** The signal that ended it, as `SIGTERM`; empty where none did. */
  signal?: string;
  /** Whether it wrote more than was kept. */
  truncated: boolean;
  /** Whether it was ended because its time was over. */
  timedOut: boolean;
  /** What it wrote, exactly, where bytes were asked for. */
  stdoutData: Uint8Array;
  /** What it wrote as errors, likewise. */
  stderrData: Uint8Array;
}

/**
 * A command that was started. Holding it is what keeps it running: when it is dropped, the command and everything
 * that it started get SIGTERM, and SIGKILL after a grace period.
 */
export interface ShellStream extends RpcTarget {
  /** Its number among the session's own processes. It means nothing to the host. */
  pid(): Promise<number>;
  /** Gives it bytes to read; waits while it reads none. Denies `badRequest` once its input is closed. */
  write(data?: Bytes): Promise<void>;
  /** Nothing more to read comes, after what was written so far. */
  closeStdin(): Promise<void>;
  /**
   * Delivers what it writes, of both streams in the order in which it is read: first what was kept, once, then what
   * comes. While there is a reader the command waits for it. It is let go of when nothing more comes. Denies
   * `quotaExceeded` for too many readers.
   */
  onData(callback?: DataCallbackLike): Promise<void>;
  /** The same for what it writes as errors alone. */
  onStderr(callback?: DataCallbackLike): Promise<void>;
  /** The same for what it does not write as errors. */
  onStdout(callback?: DataCallbackLike): Promise<void>;
  /** Tells when it has ended, at once where it has. What other readers get comes before. */
  onExit(callback?: ExitCallbackLike): Promise<void>;
  /**
   * Sends a signal to the command and what it runs in its own process group: SIGTERM, SIGKILL, SIGINT, SIGHUP, and also
   * SIGQUIT, SIGUSR1, SIGUSR2, SIGSTOP, SIGCONT, SIGTSTP, SIGWINCH. Does nothing once it has ended. Denies `badRequest`
   * for any other name.
   */
  kill(signal?: string): Promise<void>;
  /**
   * Answers when it has ended. What it writes while nobody reads is kept up to `maxOutput`, then dropped and said to be
   * truncated, so that this always ends when the command does.
   */
  wait(): Promise<ShellResult>;
  /** A narrower object, to watch with. */
  observe(): Promise<RpcStub<ShellObserver>>;
}

/** What can be given as a `DataCallback`. */
export type DataCallbackLike =
  | RpcStub<DataCallback>
  | ((chunk: Uint8Array, skipped: number | bigint) => void)
  | WritableStream<Uint8Array>
  | {
      data?: (chunk: Uint8Array, skipped: number | bigint) => void;
    };

/** What can be given as a `ExitCallback`. */
export type ExitCallbackLike =
  | RpcStub<ExitCallback>
  | ((exitCode: number, signal: string | undefined) => void)
  | {
      exit?: (exitCode: number, signal: string | undefined) => void;
    };

/** Watches a command. It cannot be written to, slowed or ended by this; holding it does not keep it running. */
export interface ShellObserver extends RpcTarget {
  /** How it stands. */
  status(): Promise<{
    command: string;
    pid: number;
    running: boolean;
    startedAtMs: number | bigint;
    exitCode: number;
    signal?: string;
  }>;
  /** As the stream's, but whoever is too slow misses bytes, and is told how many. */
  onData(callback?: DataCallbackLike): Promise<void>;
  /** The same for errors alone. */
  onStderr(callback?: DataCallbackLike): Promise<void>;
  /** As the stream's. */
  onExit(callback?: ExitCallbackLike): Promise<void>;
}

/** Who reads what a command writes. A client serves it. */
export interface DataCallback extends RpcTarget {
  /**
   * The next bytes, in order, and how many are missing before them: 0 unless more was written than was kept before
   * somebody read, or the reader is an observer that was too slow.
   */
  data(...args: [chunk?: Bytes, skipped?: number | bigint] | [named: {
    chunk?: Bytes;
    skipped?: number | bigint;
  }]): Promise<void>;
}

/** Who is told that a command has ended. A client serves it. */
export interface ExitCallback extends RpcTarget {
  /** It has ended, and all that it wrote was delivered before. */
  exit(...args: [exitCode?: number, signal?: string] | [named: {
    exitCode?: number;
    signal?: string;
  }]): Promise<void>;
}
