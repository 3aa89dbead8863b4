// What somebody was writing when the session ended, for the same person's next one on this page. No DOM here.
//
// It is in the memory of the page alone, and gone with whoever signs out, or signs in as somebody else.

/** Longest text that is kept. */
const LONGEST = 4096;
/** How many are kept. */
const MOST = 64;

/** Texts by what they are for, of one person at a time. */
export class Drafts {
  constructor() {
    this.whose = '';
    /** @type {Map<string, string>} */
    this.texts = new Map();
  }

  /** @param {string} whose @param {string} what */
  get(whose, what) {
    return whose && whose === this.whose ? this.texts.get(what) ?? '' : '';
  }

  /** @param {string} whose @param {string} what @param {string} text */
  keep(whose, what, text) {
    if (!whose) return;
    if (whose !== this.whose) this.clear();
    this.whose = whose;
    this.texts.delete(what);
    if (text && text.length <= LONGEST) this.texts.set(what, text);
    if (this.texts.size > MOST) this.texts.delete(this.texts.keys().next().value ?? '');
  }

  clear() {
    this.whose = '';
    this.texts.clear();
  }
}

/** Whose a session is, as drafts go by it. Who is a guest, or nobody, is not known again. @param {import('./store.js').Store} store */
export function whose(store) {
  const { name = '', profile = '', method = '' } = store.get('session') ?? {};
  return method === 'password' ? `${profile}/${name}` : '';
}

/** Those of this page. */
export const drafts = new Drafts();
