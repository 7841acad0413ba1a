import type { Drain } from '../drain/drain.js';
import type { DrainState } from '../drain/drain-state.js';
import type { DrainObserver } from '../drain/observer.js';
import { publish } from './channels.js';
import { DrainLog } from './drain-log.js';

/** Tells of a drain: on the channels of `node:diagnostics_channel`, and to its logger. */
export function tellOf(
  drain: Drain,
  state: () => DrainState,
): Omit<DrainObserver, 'watchExit' | 'watchHooks' | 'watchAfterwards' | 'onConfigured'> {
  const log = new DrainLog(state);
  return {
    onPhase(phase, previous) {
      publish(state().faults, 'http-drain:phase', { drain, phase, previous });
      log.onPhase(phase);
    },
    onReport(report) {
      publish(state().faults, 'http-drain:report', { drain, report });
      log.onReport(report);
    },
    onListenError(error, taker, take) {
      publish(state().faults, 'http-drain:listen-error', { drain, error, taker, take });
    },
    onLateServer(late) {
      publish(state().faults, 'http-drain:late-server', { drain, address: late.address });
      log.warn(late, `closed a server that began to listen at ${late.address} while ${drain.phase}`);
    },
    onWarning(fields, message) {
      log.warn(fields, message);
    },
  };
}
