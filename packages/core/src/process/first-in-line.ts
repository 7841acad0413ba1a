import { describeFunction } from '../node/inspector.js';
import { ourListeners } from './signal-listeners.js';

// biome-ignore lint/suspicious/noExplicitAny: a listener of any event
type Listener = (...args: any[]) => void;

const events = process as NodeJS.EventEmitter;

/**
 * Listens for an event of the process before all others, those included that put themselves first later: one that exits
 * the process would leave those behind it unheard. Returns a function that ends it.
 */
export function listenFirst(event: string, listener: Listener): () => void {
  const goFirst = () => {
    const [first] = events.listeners(event);
    if (first === undefined || ourListeners.has(first) || !events.listeners(event).includes(listener)) return;
    events.off(event, listener);
    events.prependListener(event, listener);
  };
  const onNew = (added: string | symbol, other: Listener) => {
    // It is told before the other one is there.
    if (added === event && !ourListeners.has(other)) void Promise.resolve().then(goFirst);
  };
  ourListeners.add(listener);
  events.prependListener(event, listener);
  events.on('newListener', onNew);
  return () => {
    events.off('newListener', onNew);
    events.off(event, listener);
  };
}

/** A Set or a WeakSet of listeners. */
export interface Listeners {
  has(listener: object): boolean;
}

/** One warning for all other listeners: one that exits the process is why clean-up does not run. */
export function warnOfOthers(signal: string, harmless: Listeners): void {
  if (!signal.startsWith('SIG')) return;
  const listeners = events.listeners(signal) as Listener[];
  const others = listeners.filter((listener) => !ourListeners.has(listener) && !harmless.has(listener));
  if (others.length === 0) return;
  const names = others.map(describeFunction).join('; ');
  process.emitWarning(
    `${signal} has ${others.length === 1 ? 'another listener' : `${others.length} other listeners`}: ${names}. ` +
      'If it exits the process, the drain and its hooks are cut short; if it closes a server, what waits to be accepted is lost',
    { type: 'HttpDrainWarning', code: 'HTTP_DRAIN_OTHER_SIGNAL_LISTENER' },
  );
}
