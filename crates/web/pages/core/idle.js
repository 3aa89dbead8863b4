// When a session that is not used comes to its end, and what to do before. No DOM here.

/**
 * @param {{now: number, idle: number, asked: number, touched: number, notice: number}} given all in milliseconds:
 * how long it may be idle, when the server last heard of the page, when somebody last touched it, how long before the
 * end somebody is asked
 * @returns {{left: number, send: boolean, ask: boolean}} how long it is to the end; whether to say that somebody is
 * here, and whether to ask that
 */
export function remaining({ now, idle, asked, touched, notice }) {
  const left = asked + idle - now;
  const before = Math.min(notice, idle / 3);
  const ask = left <= before;
  // Somebody works here without anything being sent: reading, scrolling, writing a long text.
  const send = !ask && touched > asked && now - asked > idle / 4;
  return { left, send, ask };
}
