import { now } from '../node/clock.js';
import { clearTimeout, setTimeout, type Timer } from '../node/timers.js';
import type { Ledger } from '../traffic/ledger.js';
import type { TrackedServer } from '../traffic/tracked-server.js';
import type { DrainState } from './drain-state.js';
import { EndOfLameDuck } from './end-of-lame-duck.js';
import { STEP } from './faults.js';
import { SPREAD_SHARE } from './options.js';

/** The lame duck of a drain and its parts. */
export async function lameDuckOf(state: DrainState, signal: AbortSignal): Promise<void> {
  const { family, options } = state;
  const servers = () => family.flatMap(({ servers }) => servers.main);
  const ledger = {
    get lastRequestAt() {
      return Math.max(...family.map(({ ledger }) => ledger.lastRequestAt));
    },
  };
  const end = new EndOfLameDuck(options.lameDuckMs, () => {
    return family.reduce((sum, { ledger }) => sum + ledger.requestsSeen, 0);
  });
  await lameDuck(options, ledger, servers, signal);
  state.late = end.count();
  // Where others listen on the same socket, what follows is theirs.
  const isLost = servers().some(({ acceptQueue }) => !acceptQueue.isShared);
  if (state.late > 0 && isLost) state.warn({ late: state.late }, end.describe(state.late));
}

/** Nobody has to learn that it goes. */
export function isUnusedPart({ servers, whole }: DrainState): boolean {
  return whole !== undefined && servers.main.length === 0 && servers.pending.length === 0;
}

/**
 * Where the option `http2LameDuck` says so, HTTP/2 sessions are told from the middle of the lame duck on, so that who
 * routes traffic here has noticed, and clients do not come back. `over` ends it.
 */
export function tellSessions({ faults, options, servers }: DrainState, over: AbortSignal): void {
  const halfMs = options.lameDuckMs / 2;
  if (options.http2LameDuck !== 'goaway' || halfMs === 0) return;
  const timer = setTimeout(
    () => faults.call(STEP, () => servers.tellSessions(halfMs * SPREAD_SHARE)),
    halfMs,
  );
  over.addEventListener('abort', () => clearTimeout(timer), { once: true });
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
