// What a delta makes of a topic: the same as the board's model of it does.

import { administration } from './reducers/administration.js';
import { adventure } from './reducers/adventure.js';
import { capset } from './reducers/capset.js';
import { chat } from './reducers/chat.js';
import { paperclips } from './reducers/paperclips.js';
import { replay } from './reducers/replay.js';
import { terminal } from './reducers/terminal.js';
import { transcript } from './reducers/transcript.js';

/** @type {Record<string, (whole: any, delta: any) => any>} */
export const reducers = {
  administration,
  adventure,
  capset,
  chat,
  paperclips,
  replay,
  terminal,
  transcript,
};
