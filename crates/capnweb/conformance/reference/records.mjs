// What one session may ask about another: kept for the whole process, by key.

const kept = (initial) => {
  const map = new Map();
  return (key) => {
    if (!map.has(key)) map.set(key, initial());
    return map.get(key);
  };
};

export const records = {
  tracked: kept(() => ({ created: 0, disposed: 0 })),
  endless: kept(() => ({ produced: 0, cancelled: false })),
  sink: kept(() => ({ chunks: [], bytes: 0, closed: false, aborted: null })),
  broken: new Map(),
  outcomes: new Map(),
};
