// Windows of one origin and one browser tell each other of their session. No DOM here.
//
// The token is in the memory of pages alone. A new window asks the others for it, and signs in where nobody answers.

import { random } from './api.js';

/** How long others have to answer, in milliseconds. */
const PATIENCE = 120;

/** The windows of this browser. */
export class Windows {
  /**
   * @param {{token: () => string, begun: (token: string) => void, ended: () => void}} hears
   * @param {() => BroadcastChannel} open
   */
  constructor(hears, open = () => new BroadcastChannel('capos')) {
    this.hears = hears;
    this.channel = open();
    /** @type {Map<string, (token: string) => void>} */
    this.asked = new Map();
    this.channel.onmessage = ({ data }) => this.take(data);
  }

  /** @param {any} said */
  take(said) {
    if (said?.ask && this.hears.token()) this.channel.postMessage({ to: said.ask, token: this.hears.token() });
    else if (said?.to) this.asked.get(said.to)?.(String(said.token));
    else if (said?.begun) this.hears.begun(String(said.begun));
    else if (said?.ended) this.hears.ended();
  }

  /** The token that another window has. @returns {Promise<string>} empty where none has */
  ask() {
    const name = random();
    return new Promise((resolve) => {
      const tell = (/** @type {string} */ token) => { this.asked.delete(name); clearTimeout(timer); resolve(token); };
      const timer = setTimeout(() => tell(''), PATIENCE);
      this.asked.set(name, tell);
      this.channel.postMessage({ ask: name });
    });
  }

  /** @param {string} token */
  begun(token) { this.channel.postMessage({ begun: token }); }

  ended() { this.channel.postMessage({ ended: true }); }
}
