// A page that was away: hidden, frozen, put aside by the browser, asleep with its machine, or without a network.

/** How often the clock is looked at, in milliseconds. */
const LOOK = 1000;
/** A clock that is so far from where it should be has been set, or the machine slept. */
const JUMP = 4000;

/** Has the stream of events looked after whenever the page was away. @param {import('../core/events.js').Events} events @returns {() => void} ends it */
export function watchWaking(events) {
  const shown = () => { if (!document.hidden) events.wake(); };
  const back = (/** @type {PageTransitionEvent} */ event) => { if (event.persisted) events.wake(true); };
  // Whether there is a network says nothing of a node on this machine: it is asked.
  const network = () => events.wake(true);
  let last = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    // Browsers look seldom at pages that nobody sees.
    if (Math.abs(now - last - LOOK) > JUMP && !document.hidden) events.wake(true);
    last = now;
  }, LOOK);
  document.addEventListener('visibilitychange', shown);
  document.addEventListener('resume', shown);
  window.addEventListener('pageshow', back);
  for (const name of ['online', 'offline']) window.addEventListener(name, network);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', shown);
    document.removeEventListener('resume', shown);
    window.removeEventListener('pageshow', back);
    for (const name of ['online', 'offline']) window.removeEventListener(name, network);
  };
}
