// Keys that are this window's own while a terminal has the focus. Everything else is the program's.

/**
 * Does what a key is for, if it is for this window. @param {import('./pane.js').Pane} pane @param {KeyboardEvent} event @returns {boolean}
 */
export function shortcut(pane, event) {
  if (isLeaving(event)) {
    pane.marker.clear();
    pane.home.leave();
    return true;
  }
  if (pane.marker.point && !event.ctrlKey && !event.altKey && !event.metaKey) return marking(pane, event);
  const own = event.ctrlKey && event.shiftKey && !event.altKey ? withControl(pane, event) : event.shiftKey && !event.ctrlKey && !event.altKey && scrolling(pane, event);
  if (!own) return false;
  own();
  return true;
}

/** @param {KeyboardEvent} event */
function isLeaving(event) {
  return (event.key === 'Escape' && event.ctrlKey && event.shiftKey) || (event.key === 'F6' && event.shiftKey && !event.ctrlKey);
}

/** @param {import('./pane.js').Pane} pane @param {KeyboardEvent} event @returns {(() => void) | undefined} */
function withControl(pane, event) {
  /** @type {Record<string, () => void>} */
  const keys = {
    c: () => { pane.copy().catch((error) => pane.say(error)); },
    f: () => pane.finder.open(),
    a: () => pane.marker.all(),
    ' ': () => pane.select(),
    arrowup: () => pane.viewport.by(-1),
    arrowdown: () => pane.viewport.by(1),
  };
  return keys[event.key.toLowerCase()];
}

/** @param {import('./pane.js').Pane} pane @param {KeyboardEvent} event @returns {(() => void) | undefined | false} */
function scrolling(pane, event) {
  const { viewport } = pane;
  if (viewport.total === 0) return undefined;
  const page = Math.max((viewport.screen?.status.rows ?? 2) - 1, 1);
  /** @type {Record<string, () => void>} */
  const keys = {
    PageUp: () => viewport.by(-page),
    PageDown: () => viewport.by(page),
    Home: () => viewport.to(0),
    End: () => viewport.follow(),
  };
  return keys[event.key];
}

/** @param {import('./pane.js').Pane} pane @param {KeyboardEvent} event */
function marking(pane, event) {
  const done = pane.marker.key(event);
  if (done === 'copy' && pane.marker.selection) pane.copy().catch((error) => pane.say(error));
  else if (done === 'copy' || done === 'leave') pane.marker.clear();
  return true;
}
