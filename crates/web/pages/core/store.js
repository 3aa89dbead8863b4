// What the board shows, as this window has it. No DOM here.

import { reducers } from './reducers.js';

/** Topics and who looks at them. */
export class Store {
  constructor() {
    /** @type {Map<string, any>} */
    this.topics = new Map();
    /** @type {Map<string, Set<(value: any, delta?: any) => void>>} */
    this.lookers = new Map();
    /** @type {Set<(topic: string) => void>} */
    this.watchers = new Set();
  }

  /** @param {string} topic */
  get(topic) {
    return this.topics.get(topic);
  }

  /** Calls `look` now and after every change; what is returned ends that. @param {string} topic @param {(value: any, delta?: any) => void} look */
  watch(topic, look) {
    const lookers = this.lookers.get(topic) ?? new Set();
    this.lookers.set(topic, lookers.add(look));
    look(this.topics.get(topic));
    return () => { lookers.delete(look); };
  }

  /** Calls `look` after every change of any topic; what is returned ends that. @param {(topic: string) => void} look */
  watchAll(look) {
    this.watchers.add(look);
    return () => { this.watchers.delete(look); };
  }

  /** @param {any} event */
  tell(event) {
    if (event.begin) {
      if (event.begin.anew) this.clear();
      return;
    }
    const { topic } = event;
    if (event.gone) this.topics.delete(topic);
    else if ('whole' in event) this.topics.set(topic, event.whole);
    else if (this.topics.has(topic)) this.topics.set(topic, reduce(topic, this.topics.get(topic), event.delta));
    this.changed(topic, event.delta);
  }

  /** @param {string} topic @param {any} [delta] */
  changed(topic, delta) {
    for (const look of [...this.lookers.get(topic) ?? []]) look(this.topics.get(topic), delta);
    for (const look of [...this.watchers]) look(topic);
  }

  clear() {
    const topics = [...this.topics.keys()];
    this.topics.clear();
    for (const topic of topics) this.changed(topic);
  }
}

/** A topic's reducer is found by what stands before the first slash of its name. @param {string} topic @param {any} whole @param {any} delta */
function reduce(topic, whole, delta) {
  const reducer = reducers[topic.split('/')[0]];
  return reducer ? reducer(whole, delta) : delta;
}
