import type { Drain } from '../drain/drain.js';
import { describeActive } from '../node/active.js';
import { setTimeout } from '../node/timers.js';
import { writeTo } from '../tell/write-to.js';

/** How long a process may take to end once its drain has closed, before it is told of. */
const LATE_MS = 2_000;

/** Told once of each. */
const watched = new WeakSet<Drain>();

/**
 * Where the process has not ended two seconds from now, one line names what keeps it: to the logger of the drain, else
 * as a process warning. It keeps the process alive by nothing itself.
 */
export function tellIfStillAlive(drain: Drain): void {
  if (watched.has(drain)) return;
  watched.add(drain);
  setTimeout(() => {
    const active = describeActive();
    const message = `drained, but the process is still alive after ${LATE_MS / 1_000} s: ${active}`;
    if (!log(drain, active, message)) {
      process.emitWarning(message, { type: 'HttpDrainWarning', code: 'HTTP_DRAIN_STILL_ALIVE' });
    }
  }, LATE_MS).unref();
}

/** False without a logger, or where it throws. */
function log({ logger }: Drain, active: string, message: string): boolean {
  try {
    if (logger) writeTo(logger, 'warn', { active }, message);
    return logger !== undefined;
  } catch {
    return false;
  }
}
