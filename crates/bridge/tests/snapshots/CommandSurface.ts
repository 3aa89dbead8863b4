import type { RpcStub, RpcTarget } from "capnweb";

/** Bytes, in any container. */
export type Bytes = ArrayBuffer | ArrayBufferView;

/** The commands of one session at a service. Holding it allows to do what they do. */
export interface CommandSurface extends RpcTarget {
  /** What can be done right now. */
  menu(): Promise<CommandMenu>;
  /**
   * Carries out a command. What the rules of the service forbid, and a command that is described as not possible right
   * now, is told in `outcome`; denies `badRequest` for a command that does not exist, and for an argument that is
   * unknown, given twice, missing or of another type or range than described.
   */
  invoke(...args: [command?: string, arguments_?: Record<string, {
    /** For text, choices and suggestions. */
    text?: string;
    /** For whole numbers. */
    integer?: number | bigint;
    /** For yes or no. */
    boolean?: boolean;
  }>] | [named: {
    command?: string;
    arguments?: Record<string, {
    /** For text, choices and suggestions. */
    text?: string;
    /** For whole numbers. */
    integer?: number | bigint;
    /** For yes or no. */
    boolean?: boolean;
  }>;
  }]): Promise<CommandOutcome>;
}

/** What can be done right now. */
export interface CommandMenu {
  /** Of what. */
  title: string;
  /** Where things stand, in a line or a few. */
  status: string;
  /** Another whenever anything else here is. */
  revision: number | bigint;
  /** The commands, in the order to show them. */
  commands: CommandSpec[];
}

/** What came of a command. */
export interface CommandOutcome {
  /** Whether it did what was asked; false where the rules of the service forbid it. */
  done: boolean;
  /** What to show. */
  text: string;
  /** What can be done now. */
  menu: CommandMenu | null;
}

/** One command. */
export interface CommandSpec {
  /** Its stable name. */
  name: string;
  /** Its title. */
  label: string;
  /** What it does. */
  summary: string;
  /** What it is shown together with. */
  group: string;
  /** What it takes, in order. */
  parameters: CommandParameter[];
  /** Whether it is possible right now. */
  available: boolean;
  /** Why not; empty where it is. */
  reason?: string;
}

/** What a command takes. */
export interface CommandParameter {
  /** Its stable name. */
  name: string;
  /** Its title. */
  label: string;
  /** What it means. */
  summary: string;
  /** Whether it may be left out. */
  optional: boolean;
  /** What values it can have. */
  type: {
  } & (
    | {
        /** Words, without control characters. */
        text: {
          /** How many bytes of UTF-8 at most. */
          maxBytes: number;
        };
      }
    | {
        /** A whole number. */
        integer: {
          /** The least. */
          min: number | bigint;
          /** The greatest. */
          max: number | bigint;
        };
      }
    | {
        /** Yes or no. */
        boolean: null;
      }
    | {
        /** One of these, and nothing else at this moment. */
        choice: CommandChoice[];
      }
    | {
        /** Words; these are what makes sense at this moment. */
        suggestion: CommandChoice[];
      }
    | { $unknownMember: number }
  );
}

/** One of the values that a parameter can have. */
export interface CommandChoice {
  /** What to give. */
  value: string;
  /** What to show. */
  label: string;
}
