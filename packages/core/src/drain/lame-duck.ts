import { now } from '../node/clock.js';
import { clearTimeout, setTimeout, type Timer } from '../node/timers.js';
import type { Ledger } from '../traffic/ledger.js';
import type { TrackedServer } from '../traffic/tracked-server.js';
import type { DrainState } from './drain-state.js';

/** The lame duck of a drain and its parts. */
export function lameDuckOf({ family, options }: DrainState, signal: AbortSignal): Promise<void> {
  const ledger = {
    get lastRequestAt() {
      return Math.max(...family.map(({ ledger }) => ledger.lastRequestAt));
    },
  };
  return lameDuck(options, ledger, () => family.flatMap(({ servers }) => servers.main), signal);
}

/**
 * Resolves after `lameDuckMs`, or once `quietMs` (0: never) have passed without a new request or connection; health
 * probes, which go on, and the connections that carry nothing else, are neither. `signal` ends it at once.
 */
export function lameDuck(
  { lameDuckMs, quietMs }: { readonly lameDuckMs: number; readonly quietMs: number },
  ledger: Pick<Ledger, 'lastRequestAt'>,
  servers: () => Iterable<TrackedServer>,
  signal: AbortSignal,
): Promise<void> {
  const beganAt = now();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(limit);
      clearTimeout(quiet);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const whenQuiet = () => {
      const leftMs = Math.max(beganAt, lastArrival(ledger, servers())) + quietMs - now();
      if (leftMs <= 0) end();
      else quiet = setTimeout(whenQuiet, Math.ceil(leftMs));
    };
    const limit = setTimeout(end, lameDuckMs);
    let quiet: Timer | undefined;
    if (quietMs > 0) whenQuiet();
    signal.addEventListener('abort', end);
  });
}

function lastArrival(ledger: Pick<Ledger, 'lastRequestAt'>, servers: Iterable<TrackedServer>): number {
  let last = ledger.lastRequestAt;
  for (const server of servers) {
    for (const { openedAt, probing } of server.connections.values()) {
      if (!probing && openedAt > last) last = openedAt;
    }
  }
  return last;
}
