import { EventEmitter } from 'node:events';

/**
 * What makes Node catch a signal: its own listeners for 'newListener' and 'removeListener' on the process, taken when
 * this module loads. By calling them a signal is caught, and emitted, while nobody listens for it, so that no list of
 * listeners shows that it is. Without them: a listener that does nothing, which the lists show.
 */
const hook = (event: string, name: string): ((type: string) => void) | undefined =>
  (process as NodeJS.EventEmitter).listeners(event).find((fn) => fn.name === name) as never;

const start = hook('newListener', 'startListeningIfSignal');
const stop = hook('removeListener', 'stopListeningIfSignal');

/** In worker threads Node catches no signals. */
export const canCatchSignals =
  start !== undefined || process.getBuiltinModule('node:worker_threads').isMainThread;

const nothing = (): void => {};

/** From now on Node emits the signal on the process, and it has no effect of its own. Does nothing if so already. */
export function catchSignal(signal: NodeJS.Signals): void {
  if (start && stop) start.call(process, signal);
  else if (!process.listeners(signal).includes(nothing)) process.on(signal, nothing);
}

/** Undoes {@link catchSignal}: where nobody listens, the signal has its own effect again. */
export function releaseSignal(signal: NodeJS.Signals): void {
  if (start && stop) stop.call(process, signal);
  else process.off(signal, nothing);
}

/** Who listens for a signal. */
export interface SignalListeners {
  /** Those that anybody can see. */
  readonly shown: readonly Listener[];
  /** Those of a runner, as tsx, that hides its own by functions that it has put on the process. */
  readonly hidden: readonly Listener[];
}

type Listener = (...args: unknown[]) => void;

export function listenersFor(signal: NodeJS.Signals): SignalListeners {
  const all = EventEmitter.prototype.listeners.call(process, signal) as Listener[];
  const shown = (process.listeners(signal) as Listener[]).filter((listener) => listener !== nothing);
  return { shown, hidden: all.filter((listener) => listener !== nothing && !shown.includes(listener)) };
}

/**
 * Calls the hidden listeners for a signal at once: whoever sent it waits for their answer, or kills the process. To them
 * it is as if somebody else listened, who will see to the end of the process.
 */
export function callHidden(signal: NodeJS.Signals, args: unknown[]): void {
  const { hidden } = listenersFor(signal);
  if (hidden.length === 0) return;
  process.on(signal, nothing);
  for (const listener of hidden) Reflect.apply(listener, process, args);
  if (start) process.off(signal, nothing);
}
