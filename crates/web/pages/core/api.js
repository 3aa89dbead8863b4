// Requests of this page to its own server. No DOM here.

/** What something was refused with. */
export class Refused extends Error {
  /** @param {number} status @param {{code?: string, message?: string, advice?: string}} problem */
  constructor(status, problem) {
    super(problem.message ?? 'The server did not answer as it should.');
    this.status = status;
    this.code = problem.code ?? 'internal';
    this.advice = problem.advice ?? '';
  }
}

/** The server could not be reached at all, or did not answer in time. */
export class Unreachable extends Refused {
  constructor() {
    super(0, { code: 'unreachable', message: 'The node cannot be reached.', advice: 'Check that it runs and that you are online; this page goes on by itself.' });
  }
}

/** A new random name. @param {number} [bytes] */
export function random(bytes = 8) {
  return [...crypto.getRandomValues(new Uint8Array(bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** How long a short request may take, in milliseconds. What people's commands take is for them to say. */
const PATIENCE = 20000;

/** Requests under one token. */
export class Api {
  /** @param {typeof fetch} fetcher */
  constructor(fetcher = (...given) => fetch(...given)) {
    this.fetcher = fetcher;
    this.token = '';
    /** When the server last heard of this page, in milliseconds since 1970. */
    this.asked = 0;
    this.link = new AbortController();
  }

  /** Gives up what is under way: the server does not answer any more. */
  breakOff() {
    this.link.abort(new Unreachable());
    this.link = new AbortController();
  }

  /**
   * @param {string} path @param {RequestInit} [init] @param {number} [patience] milliseconds
   * @returns {Promise<Response>}
   */
  async request(path, init = {}, patience = 0) {
    const headers = new Headers(init.headers);
    if (this.token) headers.set('x-csrf-token', this.token);
    const signals = [init.signal, this.link.signal, patience && AbortSignal.timeout(patience)].filter((one) => !!one);
    const signal = AbortSignal.any(/** @type {AbortSignal[]} */ (signals));
    this.asked = Date.now();
    const answer = await this.fetcher(path, { ...init, headers, signal, credentials: 'same-origin', cache: 'no-store' })
      .catch((error) => { throw init.signal?.aborted ? error : new Unreachable(); });
    if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})));
    return answer;
  }

  /** @param {string} path @returns {Promise<any>} */
  async get(path) {
    return (await this.request(path, {}, PATIENCE)).json();
  }

  /**
   * @param {string} path @param {unknown} body @param {AbortSignal} [signal]
   * @param {{patience?: number, headers?: Record<string, string>}} [more] @returns {Promise<any>}
   */
  async post(path, body, signal, { patience = 0, headers = {} } = {}) {
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body), signal };
    return (await this.request(path, init, patience)).json();
  }

  /** Has a part of the workspace do something. @param {string} area @param {string} command @param {unknown} [given] @param {AbortSignal} [signal] */
  act(area, command, given = {}, signal) {
    return this.post(`/api/do/${area}/${command}`, given, signal);
  }

  /**
   * The same where doing it twice would hurt: the server does it once, and repeats its answer where that was lost on
   * the way.
   * @param {string} area @param {string} command @param {unknown} [given] @param {AbortSignal} [signal]
   */
  async once(area, command, given = {}, signal) {
    const send = () => this.post(`/api/do/${area}/${command}`, given, signal, { headers });
    const headers = { 'idempotency-key': random(16) };
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof Unreachable) || signal?.aborted) throw error;
      return send();
    }
  }
}
