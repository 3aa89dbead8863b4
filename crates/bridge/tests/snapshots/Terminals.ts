import type { RpcStub, RpcTarget } from "capnweb";

/** Bytes, in any container. */
export type Bytes = ArrayBuffer | ArrayBufferView;

/**
 * The terminals of a session, in the same confined place as its shell. They outlive whoever looks at them, and end
 * with the session.
 */
export interface Terminals extends RpcTarget {
  /**
   * Opens one. Denies `badRequest` where the program is not there, `quotaExceeded` when there are as many as may be, and
   * `serviceUnavailable` where it would have to be recorded and cannot.
   */
  open(options?: TerminalOptions): Promise<{
    terminal: RpcStub<Terminal> | null;
    info: TerminalInfo | null;
  }>;
  /** Those that are open, and those that ended and were not closed, by number. */
  list(): Promise<TerminalInfo[]>;
  /** One of them. Denies `badRequest` where there is none of that number. */
  attach(id?: number): Promise<{
    terminal: RpcStub<Terminal> | null;
    info: TerminalInfo | null;
  }>;
}

/** What is to be opened. */
export interface TerminalOptions {
  /** The program and its arguments; empty: the login shell. */
  command?: string[];
  /** Where it runs; the home where it is empty. */
  cwd?: string;
  /** Variables beside the terminal's own. */
  env?: Record<string, string>;
  /** How large it is; 80 by 24 where it is left out. */
  size?: TerminalSize;
  /** What to call it until the program says otherwise. */
  title?: string;
  /** What the program takes the terminal for. */
  term?: string;
}

/** One terminal. It goes on when this is dropped; `close` ends it. */
export interface Terminal extends RpcTarget {
  /** What is typed; waits while the program reads nothing. Does nothing once it has ended. */
  input(data?: Bytes): Promise<void>;
  /** Another size, for everybody who looks at it. Denies `badRequest` for one that cannot be. */
  resize(size?: TerminalSize): Promise<void>;
  /** Sends a signal to what is in the foreground, by the names of `ShellStream.kill`. */
  signal(signal?: string): Promise<void>;
  /** Hangs up: SIGHUP, and SIGKILL for what is left after a grace period; then it is no longer listed. */
  close(): Promise<void>;
  /** How it stands. */
  info(): Promise<TerminalInfo>;
  /** Answers when the program has ended. */
  wait(): Promise<TerminalInfo>;
  /**
   * Shows it to a real terminal: first what draws the screen as it is, with that many lines before it, then what the
   * program writes. The program waits for this viewer.
   */
  bytes(viewer?: TerminalBytesLike, scrollback?: number): Promise<RpcStub<TerminalView>>;
  /**
   * Shows it as a picture: first the whole screen, then what has changed, at most so many times a second (0: as many as
   * the node allows). Whoever is slow gets fewer frames, each of them the newest.
   */
  screen(viewer?: TerminalScreenLike, framesPerSecond?: number): Promise<RpcStub<TerminalView>>;
  /** Lines that have left the screen at the top; `from` counts upwards from the newest, which is 0. */
  scrollback(...args: [from?: number, count?: number] | [named: {
    from?: number;
    count?: number;
  }]): Promise<{
    lines: ScreenLine[];
    total: number;
  }>;
  /** A narrower object, to watch with. */
  observe(): Promise<RpcStub<TerminalObserver>>;
}

/** One terminal. */
export interface TerminalInfo {
  /** Its number within the session. */
  id: number;
  /** What the program calls it. */
  title: string;
  /** What was opened. */
  command: string;
  /** How large it is. */
  size: TerminalSizeOutput | null;
  /** Whether the program has not ended. */
  running: boolean;
  /** Its status; 1 where a signal ended it. */
  exitCode: number;
  /** The signal that ended it; empty where none did. */
  signal?: string;
  /** When it was opened, in milliseconds since 1970. */
  startedAtMs: number | bigint;
  /** How many look at it. */
  viewers: number;
  /** Whether it is recorded. */
  recorded: boolean;
  /** The program's number among the session's own processes. */
  pid: number;
}

/** In characters. */
export interface TerminalSize {
  /** Across, 1 to 1,000. */
  columns?: number;
  /** Down, 1 to 1,000. */
  rows?: number;
}

/** What can be given as a `TerminalBytes`. */
export type TerminalBytesLike =
  | RpcStub<TerminalBytes>
  | WritableStream<Uint8Array>
  | {
      bytes?: (data: Uint8Array, anew: boolean, size: TerminalSizeOutput | null) => void;
      ended?: (info: TerminalInfo | null) => void;
    };

/** Somebody looks at a terminal, for as long as this is held. */
export interface TerminalView extends RpcTarget {
}

/** What can be given as a `TerminalScreen`. */
export type TerminalScreenLike =
  | RpcStub<TerminalScreen>
  | {
      frame?: (frame: ScreenFrame | null) => void;
      ended?: (info: TerminalInfo | null) => void;
    };

/** One line of a screen, from left to right; what is not said is blank. */
export interface ScreenLine {
  /** Its place, from the top; in a scrollback, upwards from the newest. */
  row: number;
  /** Its text. */
  runs: ScreenRun[];
  /** Whether the next line goes on with it. */
  wrapped: boolean;
}

/** Watches a terminal: nothing can be typed, resized or ended by this. */
export interface TerminalObserver extends RpcTarget {
  /** As the terminal's. */
  info(): Promise<TerminalInfo>;
  /** As the terminal's, but the program does not wait: whoever is too slow gets the screen drawn anew instead. */
  bytes(viewer?: TerminalBytesLike, scrollback?: number): Promise<RpcStub<TerminalView>>;
  /** As the terminal's. */
  screen(viewer?: TerminalScreenLike, framesPerSecond?: number): Promise<RpcStub<TerminalView>>;
  /** As the terminal's. */
  scrollback(...args: [from?: number, count?: number] | [named: {
    from?: number;
    count?: number;
  }]): Promise<{
    lines: ScreenLine[];
    total: number;
  }>;
  /** As the terminal's. */
  wait(): Promise<TerminalInfo>;
}

/** In characters. */
export interface TerminalSizeOutput {
  /** Across, 1 to 1,000. */
  columns: number;
  /** Down, 1 to 1,000. */
  rows: number;
}

/** A viewer that is a real terminal. A client serves it. */
export interface TerminalBytes extends RpcTarget {
  /**
   * What to draw. `anew`: the terminal is to be reset before, for this draws everything. `size` is what it was written
   * for.
   */
  bytes(...args: [data?: Bytes, anew?: boolean, size?: TerminalSize] | [named: {
    data?: Bytes;
    anew?: boolean;
    size?: TerminalSize;
  }]): Promise<void>;
  /** The program has ended, and all that it wrote was shown before. */
  ended(info?: TerminalInfoInput): Promise<void>;
}

/** A viewer that draws pictures. A client serves it. */
export interface TerminalScreen extends RpcTarget {
  /** What has changed. The next one comes after the answer. */
  frame(frame?: ScreenFrameInput): Promise<void>;
  /** The program has ended, and its last frame was shown before. */
  ended(info?: TerminalInfoInput): Promise<void>;
}

/** A picture of a terminal, or what has changed since the one before. */
export interface ScreenFrame {
  /** Counts the frames of one view. */
  sequence: number | bigint;
  /** Whether it is a whole picture: then nothing of the one before counts. */
  full: boolean;
  /** How large it is. */
  size: TerminalSizeOutput | null;
  /** Those that have changed, or all. */
  lines: ScreenLine[];
  /** Where the cursor is. */
  cursorRow: number;
  /** Where the cursor is. */
  cursorColumn: number;
  /** Whether it is drawn. */
  cursorVisible: boolean;
  /** How it is drawn. */
  cursorShape: CursorShape;
  /** What the program calls the terminal; text without control characters. */
  title: string;
  /** How often it rang since the frame before. */
  bells: number;
  /** How many lines have left the screen at the top and are kept. */
  scrollback: number;
  /** Whether it is the screen of a program that has no scrollback. */
  alternate: boolean;
  /** Whether arrow keys are to be sent as applications want them. */
  applicationCursor: boolean;
  /** Whether the number pad is. */
  applicationKeypad: boolean;
  /** Whether what is pasted is to be marked as such. */
  bracketedPaste: boolean;
  /** What to send of a mouse. */
  mouse: MouseTracking;
  /** Whether in the newer form. */
  mouseSgr: boolean;
  /** Whether to say that the window has the focus. */
  focusEvents: boolean;
  /** By how many lines the picture moved up since the frame before; the lines given are counted after it. */
  scrolled: number;
}

/** Text of one style, without control characters. */
export interface ScreenRun {
  /** What is written. */
  text: string;
  /** How many places it takes. */
  columns: number;
  /** Its colour: 0 the viewer's own, 0x01000000 + n one of 256, 0x02000000 + 0xRRGGBB that very one. */
  foreground: number;
  /** Likewise. */
  background: number;
  /** 1 bold, 2 dim, 4 italic, 8 underlined, 16 blinking, 32 reversed, 64 hidden, 128 struck out, 256 doubly underlined. */
  attributes: number;
}

/** One terminal. */
export interface TerminalInfoInput {
  /** Its number within the session. */
  id?: number;
  /** What the program calls it. */
  title?: string;
  /** What was opened. */
  command?: string;
  /** How large it is. */
  size?: TerminalSize;
  /** Whether the program has not ended. */
  running?: boolean;
  /** Its status; 1 where a signal ended it. */
  exitCode?: number;
  /** The signal that ended it; empty where none did. */
  signal?: string;
  /** When it was opened, in milliseconds since 1970. */
  startedAtMs?: number | bigint;
  /** How many look at it. */
  viewers?: number;
  /** Whether it is recorded. */
  recorded?: boolean;
  /** The program's number among the session's own processes. */
  pid?: number;
}

/** A picture of a terminal, or what has changed since the one before. */
export interface ScreenFrameInput {
  /** Counts the frames of one view. */
  sequence?: number | bigint;
  /** Whether it is a whole picture: then nothing of the one before counts. */
  full?: boolean;
  /** How large it is. */
  size?: TerminalSize;
  /** Those that have changed, or all. */
  lines?: ScreenLineInput[];
  /** Where the cursor is. */
  cursorRow?: number;
  /** Where the cursor is. */
  cursorColumn?: number;
  /** Whether it is drawn. */
  cursorVisible?: boolean;
  /** How it is drawn. */
  cursorShape?: CursorShape;
  /** What the program calls the terminal; text without control characters. */
  title?: string;
  /** How often it rang since the frame before. */
  bells?: number;
  /** How many lines have left the screen at the top and are kept. */
  scrollback?: number;
  /** Whether it is the screen of a program that has no scrollback. */
  alternate?: boolean;
  /** Whether arrow keys are to be sent as applications want them. */
  applicationCursor?: boolean;
  /** Whether the number pad is. */
  applicationKeypad?: boolean;
  /** Whether what is pasted is to be marked as such. */
  bracketedPaste?: boolean;
  /** What to send of a mouse. */
  mouse?: MouseTracking;
  /** Whether in the newer form. */
  mouseSgr?: boolean;
  /** Whether to say that the window has the focus. */
  focusEvents?: boolean;
  /** By how many lines the picture moved up since the frame before; the lines given are counted after it. */
  scrolled?: number;
}

/** How the cursor is drawn. */
export type CursorShape =
  /** The whole place. */
  | "block"
  /** A line below. */
  | "underline"
  /** A line before. */
  | "bar"
  /** One that this schema does not know. */
  | number;

/** What the program wants to hear of a mouse. */
export type MouseTracking =
  /** Nothing. */
  | "none"
  /** Buttons. */
  | "clicks"
  /** Buttons, and movement while one is down. */
  | "drags"
  /** Everything. */
  | "movement"
  /** One that this schema does not know. */
  | number;

/** One line of a screen, from left to right; what is not said is blank. */
export interface ScreenLineInput {
  /** Its place, from the top; in a scrollback, upwards from the newest. */
  row?: number;
  /** Its text. */
  runs?: ScreenRunInput[];
  /** Whether the next line goes on with it. */
  wrapped?: boolean;
}

/** Text of one style, without control characters. */
export interface ScreenRunInput {
  /** What is written. */
  text?: string;
  /** How many places it takes. */
  columns?: number;
  /** Its colour: 0 the viewer's own, 0x01000000 + n one of 256, 0x02000000 + 0xRRGGBB that very one. */
  foreground?: number;
  /** Likewise. */
  background?: number;
  /** 1 bold, 2 dim, 4 italic, 8 underlined, 16 blinking, 32 reversed, 64 hidden, 128 struck out, 256 doubly underlined. */
  attributes?: number;
}
