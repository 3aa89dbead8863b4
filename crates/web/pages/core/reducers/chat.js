// Conversations of a chat. No DOM here.

/**
 * @typedef {{kind: 'message' | 'before' | 'joined' | 'left' | 'system' | 'gap' | 'erased', sender: string, text: string, atMs: number, number: number | null, own: boolean, missed: number}} Line
 * @typedef {{handle: string, mutedUntilMs: number | null}} Member
 * @typedef {{lines: Line[], most: number, more: boolean, members: Member[]}} Talk
 * @typedef {{key: string | null, name: string, direct: boolean, topic: string, members: number, joined: boolean, own: string, unread: number}} Row
 * @typedef {{kind: 'told', lines: Line[]} | {kind: 'earlier' | 'anew', lines: Line[], more: boolean} | {kind: 'present', members: Member[]} | {kind: 'erased', number: number}} Delta
 */

/** @param {Talk} whole @param {Delta} delta @returns {Talk} */
export function chat(whole, delta) {
  switch (delta.kind) {
    case 'told': return told(whole, delta.lines);
    case 'earlier': return { ...whole, lines: [...delta.lines, ...whole.lines], more: delta.more };
    case 'anew': return { ...whole, lines: delta.lines, more: delta.more };
    case 'present': return { ...whole, members: delta.members };
    case 'erased': return { ...whole, lines: whole.lines.map((line) => (line.number === delta.number ? { ...line, kind: 'erased', text: '' } : line)) };
    default: return whole;
  }
}

/** @param {Talk} whole @param {Line[]} lines @returns {Talk} */
function told(whole, lines) {
  const all = [...whole.lines, ...lines];
  const over = Math.max(0, all.length - whole.most);
  return { ...whole, lines: all.slice(over), more: whole.more || over > 0, members: lines.reduce(present, whole.members) };
}

/** Of those who come and go, the list follows. @param {Member[]} members @param {Line} line */
function present(members, { kind, sender }) {
  if (kind === 'left') return members.filter(({ handle }) => handle !== sender);
  if (kind !== 'joined' || members.some(({ handle }) => handle === sender)) return members;
  return [...members, { handle: sender, mutedUntilMs: null }].sort((one, other) => (one.handle < other.handle ? -1 : 1));
}

/** How a conversation is called in addresses. @param {{name: string, direct: boolean}} row */
export function placeOf({ name, direct }) {
  return `chat/${encodeURIComponent(direct ? `@${name}` : name)}`;
}

/** The conversation that an address names. @param {Row[]} rows @param {string} name @returns {Row | undefined} */
export function named(rows, name) {
  const direct = name.startsWith('@');
  return rows.find((row) => row.direct === direct && row.name === (direct ? name.slice(1) : name));
}

/** Messages that nobody has looked at. @param {{talks: Row[]} | undefined} view */
export function unread(view) {
  return (view?.talks ?? []).reduce((sum, row) => sum + row.unread, 0);
}

/** Whether a line goes on with what the one before says: the same sender, a moment later. @param {Line | undefined} before @param {Line} line */
export function goesOn(before, line) {
  const said = (/** @type {Line | undefined} */ one) => one !== undefined && (one.kind === 'message' || one.kind === 'before');
  return said(before) && said(line) && before?.sender === line.sender && before.own === line.own && line.atMs - before.atMs < 120000;
}

/** What a screen reader is told of new lines: what others say. @param {Line[]} lines @param {string} other who it is with, where it is with one alone */
export function spoken(lines, other) {
  const heard = lines.filter((line) => line.kind === 'message' && !line.own);
  const last = heard.slice(-3).map((line) => `${line.sender || other}: ${line.text.slice(0, 200)}`);
  return heard.length > 3 ? [`${heard.length} new messages.`, ...last] : last;
}

/** What was sent, for going back to it with the arrows. */
export class Sent {
  constructor() {
    /** @type {string[]} */
    this.all = [];
    this.at = 0;
    this.draft = '';
  }

  /** @param {string} text */
  add(text) {
    if (this.all.at(-1) !== text) this.all.push(text);
    this.all = this.all.slice(-50);
    this.at = this.all.length;
    this.draft = '';
  }

  /** What stands there `by` steps on; what was being written comes last. @param {number} by @param {string} now @returns {string} */
  step(by, now) {
    if (this.at === this.all.length) this.draft = now;
    this.at = Math.min(this.all.length, Math.max(0, this.at + by));
    return this.all[this.at] ?? this.draft;
  }
}
