import type { DrainTracker } from './drain-tracker.js';
import { failedHooks, onPhase } from './observability.js';
import type { DrainReport } from './report.js';
import { describeWaiting } from './waiting.js';

const EVERY_MS = 1_000;

/**
 * A line at each phase and, until closed, one a second that names what is waited for. Without a logger: nothing.
 * Returns what writes the last line and ends it.
 */
export function startLogging(drain: DrainTracker): (report: DrainReport) => void {
  const { logger } = drain.options;
  if (!logger) return () => {};
  const log = () => {
    const waitingFor = describeWaiting(drain);
    logger.info({ ...fields(drain), waitingFor }, `${drain.phase}: waiting for ${waitingFor}`);
  };
  log();
  const endPhases = onPhase(drain, (phase) => phase !== 'closed' && log());
  const timer = setInterval(log, EVERY_MS);
  return (report) => {
    clearInterval(timer);
    endPhases();
    const problems = [
      ...report.stuck.map(({ method, url }) => `${method} ${url}`),
      ...failedHooks(report.hooks),
    ];
    const message = `closed after ${report.durationMs} ms: ${report.outcome}`;
    if (report.outcome === 'drained' && problems.length === 0) logger.info({ report }, message);
    else logger.warn({ report }, [message, ...problems].join(', '));
  };
}

function fields(drain: DrainTracker): object {
  const { phase, inFlight, leftMs, connections } = drain.snapshot();
  return { phase, inFlight, leftMs, connections: connections.open };
}
