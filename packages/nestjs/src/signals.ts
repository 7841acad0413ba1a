import { type Drain, untilSignal } from '@http-drain/core';
import { waiting } from './shutdown-hooks.js';

const taken = new WeakMap<Drain, Promise<string>>();

/** Shuts the drain down at the first signal; of several applications the first one says at which. */
export function shutdownAtSignal(
  drain: Drain,
  signals: readonly NodeJS.Signals[] | undefined,
): Promise<string> {
  const signal = taken.get(drain) ?? untilSignal({ drain, signals, hold: false, harmless: waiting });
  if (!taken.has(drain)) void signal.then((name) => shutdownAndTell(drain, name));
  taken.set(drain, signal);
  return signal;
}

async function shutdownAndTell(drain: Drain, signal: string): Promise<void> {
  const { clean } = await drain.shutdown();
  // Of somebody else's shutdown() he looks at the report himself.
  if (signal !== 'shutdown' && !clean) process.exitCode ||= 1;
}
