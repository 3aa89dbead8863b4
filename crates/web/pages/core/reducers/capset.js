// What a listener heard, with what came since. No DOM here.

/** @param {{calls: any[], most: number}} whole @param {{calls: any[], total: number, missed: number, silent: boolean}} delta */
export function capset(whole, delta) {
  const calls = [...whole.calls, ...delta.calls].slice(-whole.most);
  return { ...whole, calls, total: delta.total, missed: delta.missed, silent: delta.silent };
}
