
/** A password, an assertion or an answer: text, or its bytes. */
export type Words = string | Bytes;

/** Gets the bytes to sign, and gives an SSH signature over them in the namespace `capos-remote-session`. */
export type Sign = (challenge: Uint8Array) => Words | Promise<Words>;

/** Whose session it is to be: by name, or by the bytes that `info().principal.id` gave. */
export type Account = { account: string; principal?: undefined } | { principal: Bytes; account?: undefined };

/** What `authenticate` takes. Without a profile it is the account's own. */
export type Credentials = { profile?: string } & (
  | ({ kind?: "password"; password: Words; newPassword?: Words; nonce?: Bytes } & Account)
  | ({ kind: "publicKey"; sign: Sign; nonce?: Bytes } & Account)
  | { kind: "guest" | "anonymous" }
  | ({
      kind: Exclude<RemoteAuthKind, "password" | "publicKey" | "guest" | "anonymous" | number>;
      assertion?: Words;
      nonce?: Bytes;
    } & Partial<Account>)
);

/** What `start` takes: guests and anonymous visitors have no steps. */
export type Start = { profile?: string; nonce?: Bytes } & Partial<Account> & {
    kind: Exclude<RemoteAuthKind, "guest" | "anonymous" | number>;
  };

/** A fresh proof: a password, a signature where a key signed in, or another proof as it is. */
export type Renewal = { durationMs?: number | bigint } & ({ password: Words } | { sign: Sign } | { proof: Words });

/**
 * What a program gets at first: signing in, and nothing else. `Grants` says what the grants are that it is going to
 * ask for by name, as in `Node<{ shell: Shell }>`.
 */
export interface Node<Grants = Record<string, RpcTarget>> extends RpcTarget {
  @RemoteSessionGateway.authMethods
  /** Signs in. Denies `authenticationDenied` in the same words whatever speaks against it. */
  authenticate(credentials: Credentials): Promise<RpcStub<Session<Grants>>>;
  /** Begins a sign-in that goes step by step. Denies `disabledAuthMethod`, `overloaded`. */
  start(start: Start): Promise<RpcStub<SignIn<Grants>>>;
}

/** A sign-in under way. Dropped, it is given up. */
export interface SignIn<Grants = Record<string, RpcTarget>> extends RpcTarget {
  /**
   * Answers the step before, the first time nothing. As long as `done` is false there is the next `step`; then there is
   * the session.
   */
  next(answer?: Words): Promise<{
    step: RemoteAuthStep | null;
    done: boolean;
    /** `null` as long as `done` is false. */
    session: RpcStub<Session<Grants>>;
  }>;
  /** Gives up. */
  cancel(): Promise<void>;
}

/** One authenticated session. It lasts as long as the program holds anything of it, unless it is ended before. */
export interface Session<Grants = Record<string, RpcTarget>> extends RpcTarget {
  @RemoteSession.info
  /** The session's bundle. Denies `staleSession`. */
  capSet(): Promise<RpcStub<CapSet<Grants>>>;
  /** Extends this session after a fresh proof; gives its new facts. Denies `authenticationDenied`, `staleSession`. */
  renew(proof: Renewal): Promise<SessionInfo>;
  @RemoteSession.logout
  @RemoteSession.watch
  @RemoteSession.others
  @RemoteSession.endOther
  @RemoteSession.profiles
  /**
   * A new session of the same person in another profile, without a name in the account's default one. It takes the
   * place of this one, which is over then. Denies `authenticationDenied`, `tooManySessions`, `staleSession`.
   */
  enter(profile?: string): Promise<RpcStub<Session<Grants>>>;
}

/** A session's bundle of grants. */
export interface CapSet<Grants = Record<string, RpcTarget>> extends RpcTarget {
  @RemoteCapSet.list
  /**
   * Gives one grant, where its interface's id is said only if it is that interface. Denies `unknownCap`,
   * `interfaceMismatch`, `methodDenied`, `leaseExpired`, `revoked`, `serviceUnavailable`, `staleSession`.
   */
  get(name: keyof Grants & string, interfaceId?: number | bigint): Promise<RpcStub<Grants[keyof Grants] & RpcTarget>>;
}
