// When a session that is not used comes to its end, and what to do before. No DOM here.

/** Somebody is asked so long before the end, in milliseconds; less where the whole is short. */
const NOTICE = 120000;

/**
 * @param {{now: number, ends: number, whole: number, asked: number, touched: number}} given all in milliseconds:
 * when it ends where nothing more is done, how long that is from the last deed, when the server last heard of the
 * page, and when somebody last touched it
 * @returns {{send: boolean, ask: boolean}} whether to say that somebody is here, and whether to ask that
 */
export function idleness({ now, ends, whole, asked, touched }) {
  const ask = ends - now <= Math.min(NOTICE, whole / 3);
  // Somebody works here without anything being sent: reading, scrolling, writing a long text.
  const send = touched > asked && now - asked > whole / 4 && now - touched < whole / 4;
  return { send, ask: ask && !send };
}
