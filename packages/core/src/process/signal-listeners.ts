/** A second signal within this time is the same Ctrl-C: `npm start` passes it on, and the terminal sends it too. */
export const SAME_PRESS_MS = 500;

const KEY = Symbol.for('@http-drain/core:signal-listeners:1');

/** The listeners of `untilSignal()`, those of other copies of this package in this process included. */
export const ourListeners: WeakSet<object> = sharedSet();

function sharedSet(): WeakSet<object> {
  const shared = globalThis as { [KEY]?: WeakSet<object> };
  shared[KEY] ??= new WeakSet();
  return shared[KEY];
}
