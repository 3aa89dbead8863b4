// What was typed, on its way: in order, together while something is under way, never lost, never twice. No DOM here.

/** Letters of one request: each may be six bytes of JSON, and a request has 64 KiB. */
const PIECE = 8 << 10;
/** Letters that wait at most. Somebody who pastes more is told. */
const MOST = 4 << 20;

/** Sends text to one terminal. `send` rejects where it does not know whether it arrived, and is asked again then. */
export class Typing {
  /** @param {(number: number, text: string) => Promise<unknown>} send @param {{refused: (error: any) => void, again?: (error: any) => boolean, wait?: number}} hears */
  constructor(send, hears) {
    this.send = send;
    this.hears = hears;
    this.waiting = '';
    this.number = 0;
    this.busy = false;
    this.closed = false;
  }

  /** @param {string} text @returns {boolean} whether there was room for it */
  type(text) {
    if (this.closed || this.waiting.length + text.length > MOST) return false;
    this.waiting += text;
    if (!this.busy) this.run();
    return true;
  }

  async run() {
    this.busy = true;
    while (this.waiting) {
      const piece = whole(this.waiting, PIECE);
      this.waiting = this.waiting.slice(piece.length);
      this.number += 1;
      if (!await this.deliver(this.number, piece)) this.waiting = '';
    }
    this.busy = false;
  }

  /** @param {number} number @param {string} piece @returns {Promise<boolean>} */
  async deliver(number, piece) {
    let wait = this.hears.wait ?? 100;
    for (;;) {
      try {
        await this.send(number, piece);
        return true;
      } catch (error) {
        if (!(this.hears.again ?? isUnsure)(error)) {
          this.hears.refused(error);
          return false;
        }
        if (this.closed) return false;
        await new Promise((resolve) => setTimeout(resolve, wait));
        wait = Math.min(wait * 2, 2000);
      }
    }
  }

  /** Nothing more is typed. What waits is sent all the same, as far as that can be done at once. */
  close() {
    this.closed = true;
  }
}

/** The server could not be reached, or had no room just then. @param {any} error */
function isUnsure(error) {
  return error?.status === 0 || error?.status === 429;
}

/** The beginning of a text, with no letter cut in two. @param {string} text @param {number} most */
function whole(text, most) {
  const last = text.charCodeAt(most - 1);
  return text.slice(0, text.length > most && last >= 0xd800 && last <= 0xdbff ? most - 1 : most);
}
