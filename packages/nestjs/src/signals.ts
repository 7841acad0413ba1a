import { setTimeout } from 'node:timers';
import { type Drain, untilSignal } from '@http-drain/core';

/** What a grace period should leave after the deadline, for the process to end by itself. */
const TO_END_MS = 2_000;

const taken = new WeakMap<Drain, Promise<string>>();

/** Shuts the drain down at the first signal; of several applications the first one says at which. */
export function shutdownAtSignal(
  drain: Drain,
  signals: readonly NodeJS.Signals[] | undefined,
): Promise<string> {
  const signal = taken.get(drain) ?? untilSignal({ drain, signals });
  if (!taken.has(drain)) void signal.then((name) => shutdownAndEnd(drain, name));
  taken.set(drain, signal);
  return signal;
}

async function shutdownAndEnd(drain: Drain, signal: string): Promise<void> {
  const { clean } = await drain.shutdown();
  if (signal === 'shutdown') return; // somebody else's, who looks at the report
  if (!clean) process.exitCode ||= 1;
  // Nest's own handler does so at once. It ends what nobody has closed: a microservice of Nest 10, a forgotten pool.
  setTimeout(() => process.kill(process.pid, signal), TO_END_MS).unref();
}
