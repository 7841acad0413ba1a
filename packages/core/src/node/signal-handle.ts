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

/** Does somebody listen for the signal? Those count, too, that hide theirs by functions of their own on the process. */
export const isHeard = (signal: NodeJS.Signals): boolean =>
  EventEmitter.prototype.listeners.call(process, signal).some((listener) => listener !== nothing);
