// Requests of this page to its own server. No DOM here.

/** What a command was refused with. */
export class Refused extends Error {
  /** @param {number} status @param {{code?: string, message?: string, advice?: string}} problem */
  constructor(status, problem) {
    super(problem.message ?? 'The server did not answer as it should.');
    this.status = status;
    this.code = problem.code ?? 'internal';
    this.advice = problem.advice ?? '';
  }
}

/** The server could not be reached at all. */
export class Unreachable extends Refused {
  constructor() {
    super(0, { code: 'unreachable', message: 'The server cannot be reached.', advice: 'Check that it runs; this page goes on by itself.' });
  }
}

/** Requests under one token. */
export class Api {
  /** @param {typeof fetch} fetcher */
  constructor(fetcher = (...given) => fetch(...given)) {
    this.fetcher = fetcher;
    this.token = '';
  }

  /** @param {string} path @param {RequestInit} [init] @returns {Promise<Response>} */
  async request(path, init = {}) {
    const headers = new Headers(init.headers);
    if (this.token) headers.set('x-csrf-token', this.token);
    const answer = await this.fetcher(path, { ...init, headers, credentials: 'same-origin', cache: 'no-store' })
      .catch((error) => { throw error?.name === 'AbortError' ? error : new Unreachable(); });
    if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})));
    return answer;
  }

  /** @param {string} path @returns {Promise<any>} */
  async get(path) {
    return (await this.request(path)).json();
  }

  /** @param {string} path @param {unknown} body @param {AbortSignal} [signal] @returns {Promise<any>} */
  async post(path, body, signal) {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal };
    return (await this.request(path, init)).json();
  }

  /** Has a part of the workspace do something. @param {string} area @param {string} command @param {unknown} [given] @param {AbortSignal} [signal] */
  act(area, command, given = {}, signal) {
    return this.post(`/api/do/${area}/${command}`, given, signal);
  }
}
