import type { Settings } from '../options.js';
import { DrillFailure } from '../service/failure.js';

/** @throws DrillFailure where options do not go together with a rolling restart, or are nothing without one */
export function checkRolling({ rolling, proxy, port, clients, preStopMs }: Settings): void {
  const usage = (message: string) => new DrillFailure('usage', message);
  if (rolling === null) {
    if (proxy === null) return;
    throw usage('Expected --rolling beside --proxy: only a rolling restart has something stand before it.');
  }
  if (!Number.isInteger(rolling) || rolling < 1 || rolling > 100)
    throw usage(`Expected --rolling to be a whole number from 1 to 100, got "${rolling}".`);
  if (port !== null)
    throw usage(
      'Expected no --port beside --rolling: two instances have a port each, which PORT tells them.',
    );
  if (clients === 0) throw usage('Expected --clients to be 1 or more beside --rolling, got 0.');
  if (preStopMs > 0 && proxy !== null && proxy !== 'builtin')
    throw usage(`Expected no --pre-stop beside --proxy ${proxy}: nobody tells it to look away.`);
}
