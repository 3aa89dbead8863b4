// What somebody was filling in when the session ended, for the same person's next one on this page. No DOM here.
//
// It is in the memory of the page alone, and gone with whoever signs out, or signs in as somebody else. Secrets are not
// kept: schemas mark none as such, so what is called like one is taken for one.

/** Members that are called so are taken for secrets. */
const SECRET = /pass(word|phrase)|secret|proof|token|credential|private/i;
/** How many forms are kept. */
const MOST = 64;

/** Forms by what they are of, of one person at a time. */
export class Forms {
  constructor() {
    this.whose = '';
    /** @type {Map<string, {shape: string, draft: any}>} */
    this.all = new Map();
  }

  /** A session begins. @param {string} whose nobody where it is empty */
  begin(whose) {
    if (!whose || whose !== this.whose) this.clear();
    this.whose = whose;
  }

  /** A session is over: what only it had is taken out, and what nobody is to find. */
  end() {
    for (const { draft } of this.all.values()) letGo(draft, '');
  }

  /** The form of that name, if it still has that shape. @param {string} name @param {string} shape */
  get(name, shape) {
    const kept = this.all.get(name);
    return kept?.shape === shape ? kept.draft : undefined;
  }

  /** @param {string} name @param {string} shape @param {any} draft */
  keep(name, shape, draft) {
    this.all.delete(name);
    this.all.set(name, { shape, draft });
    if (this.all.size > MOST) this.all.delete(this.all.keys().next().value ?? '');
  }

  clear() {
    this.whose = '';
    this.all.clear();
  }
}

/** Capabilities of a session go with it, and secrets. @param {any} draft @param {string} name of the member that it is */
function letGo(draft, name) {
  if (SECRET.test(name)) Object.assign(draft, 'file' in draft ? { text: '', file: null } : 'text' in draft ? { text: '' } : draft.is === 'list' ? { rows: [], given: false } : {});
  if (draft.is === 'cap' && (draft.from === 'chip' || draft.from === 'listener')) Object.assign(draft, { from: '', key: '', listener: '' });
  if (draft.is === 'list') for (const row of draft.rows) letGo(row, '');
  if (draft.is === 'struct') for (const [of, field] of Object.entries(draft.fields ?? {})) letGo(field, of);
}

/** Those of this page. */
export const forms = new Forms();
