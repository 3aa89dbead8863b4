// The project's own drawings, of strokes on a field of 24 by 24.

import { h } from './element.js';

/** @type {Record<string, string>} */
const STROKES = {
  services: 'M4 4h6v6H4z M14 4h6v6h-6z M4 14h6v6H4z M17 14v6 M14 17h6',
  capset: 'M14.5 9.5a4.5 4.5 0 1 1-1.6-3.4A4.5 4.5 0 0 1 14.5 9.5z M13.4 12.2L20 19 M17.3 16.3l-2 2',
  chat: 'M4 5h16v11H10l-4.5 4v-4H4z M8 9.3h8 M8 12.2h5',
  terminals: 'M3.5 5h17v14h-17z M7 9.5l3 2.5-3 2.5 M12.5 15h4',
  adventure: 'M12 3.5a8.5 8.5 0 1 0 .01 0z M15.5 8.5l-2 5-5 2 2-5z',
  paperclips: 'M8 8v8a4 4 0 0 0 8 0V7a2.7 2.7 0 0 0-5.4 0v8.4a1.3 1.3 0 0 0 2.7 0V8.5',
  diagnostics: 'M3 12h4l2.5-6 4 12 2.6-6H21',
  transcript: 'M6 3.5h9l3.5 3.5v13.5H6z M9 10h6.5 M9 13.2h6.5 M9 16.4h4',
  session: 'M12 12a3.8 3.8 0 1 0-.01 0z M4.5 20c.8-3.7 3.7-5.6 7.5-5.6s6.7 1.9 7.5 5.6',
  administration: 'M12 3.500l7.5 2.700v5.300c0 4.6-3 7.5-7.5 9-4.5-1.5-7.5-4.4-7.5-9V6.200z M9 12l2.2 2.200L15.2 10',
  approvals: 'M5 4h14v16H5z M8.5 12l2.5 2.5 4.7-5',
  search: 'M10.5 4.500a6 6 0 1 0 .01 0z M15 15l5 5',
  leave: 'M10 4H5v16h5 M10 12h10 M16.5 8.500L20 12l-3.5 3.5',
  lock: 'M6 11h12v9H6z M8.5 11V8a3.5 3.5 0 0 1 7 0v3 M12 14.500v2',
  eye: 'M2.5 12S6 5.8 12 5.8 21.5 12 21.5 12 18 18.2 12 18.2 2.5 12 2.5 12z M12 9.300a2.7 2.7 0 1 0 .01 0z',
  hidden: 'M4 4l16 16 M9.8 6.100A9 9 0 0 1 12 5.800c6 0 9.5 6.2 9.5 6.200a16 16 0 0 1-2.8 3.4 M6.2 8A15.5 15.5 0 0 0 2.5 12S6 18.2 12 18.200a9 9 0 0 0 4-.9',
  more: 'M5 12h.01 M12 12h.01 M19 12h.01',
  menu: 'M4 7h16 M4 12h16 M4 17h16',
  select: 'M9 4.500h6 M9 19.500h6 M12 4.500v15 M4 9h3.500 M4 15h3.500 M16.500 9H20 M16.500 15H20',
  aloud: 'M4 9.500h3.500L12 5.500v13l-4.500-4H4z M15.500 9.200a4 4 0 0 1 0 5.600 M18 6.700a7.5 7.5 0 0 1 0 10.600',
  close: 'M6 6l12 12 M18 6L6 18',
  check: 'M5 12.500l4.5 4.500L19 7.5',
  copy: 'M8.5 8.500h11v11h-11z M15.5 8.500v-4h-11v11h4',
  warn: 'M12 4l9 16H3z M12 10v4.5 M12 17.300v.01',
  plus: 'M12 5v14 M5 12h14',
  down: 'M6 9.500l6 6 6-6',
  right: 'M9.5 6l6 6-6 6',
  back: 'M14.5 6l-6 6 6 6',
  clock: 'M12 4a8 8 0 1 0 .01 0z M12 7.500V12l3 2',
  key: 'M8 11.500a3.5 3.5 0 1 0 .01 0z M11.5 15H20 M17 15v3',
  guest: 'M12 11.500a3.5 3.5 0 1 0-.01 0z M5.5 19.500c.6-3 3-4.9 6.5-4.900s5.9 1.9 6.5 4.9',
  theme: 'M12 4a8 8 0 1 0 0 16c1.5 0 2-1 1.4-2.2-.8-1.7.3-3 2-3H18a2 2 0 0 0 2-2C20 8 16.4 4 12 4z M8 11v.01 M11 8v.01 M15 8.500v.01',
  refresh: 'M19 12a7 7 0 1 1-2-5 M19.5 4.500V8.500H15.5',
  save: 'M12 4v10.5 M8 11l4 4 4-4 M5 19.500h14',
  play: 'M8 5.500l10.5 6.500L8 18.500z',
  stop: 'M7 7h10v10H7z',
  dot: 'M12 11.500v.01',
};

/** @param {string} name @returns {any} an icon that says nothing to a screen reader */
export function icon(name) {
  return h('svg', { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' }, h('path', { d: STROKES[name] ?? STROKES.dot }));
}
