import type { DrainTracker } from './drain-tracker.js';
import { describeError } from './errors.js';
import { onPhase } from './observability.js';
import type { DrainLogger } from './options.js';
import type { DrainReport } from './report.js';
import { describeReport } from './report-text.js';
import { describeWaiting } from './waiting.js';

const EVERY_MS = 1_000;

/**
 * A line at each phase that lasts and, until closed, one a second that names what is waited for. Without a logger:
 * nothing. Returns what writes the last line and ends it.
 */
export function startLogging(drain: DrainTracker): (report: DrainReport) => void {
  if (!drain.options.logger) return () => {};
  const logger = unfailing(drain.options.logger);
  const log = () => {
    const waitingFor = describeWaiting(drain);
    logger.info({ ...fields(drain), waitingFor }, `${drain.phase}: ${doing(drain)} ${waitingFor}`);
  };
  // A lame duck that takes no time is over by then.
  queueMicrotask(() => drain.phase === 'lame-duck' && log());
  const endPhases = onPhase(drain, (phase) => phase !== 'closed' && log());
  const timer = setInterval(log, EVERY_MS);
  return (report) => {
    clearInterval(timer);
    endPhases();
    const lines = describeReport(report);
    logger[report.outcome === 'forced' || lines.length > 1 ? 'warn' : 'info']({ report }, lines.join('; '));
  };
}

function doing({ phase, servers }: DrainTracker): string {
  if (phase === 'lame-duck') return 'unready, still serving';
  return phase === 'forcing' && servers.main.length > 0 ? 'cutting off' : 'waiting for';
}

/** A logger that fails must not fail the drain. */
function unfailing(logger: DrainLogger): DrainLogger {
  const log = (level: keyof DrainLogger) => (fields: object, message: string) => {
    try {
      logger[level](fields, message);
    } catch (error) {
      process.emitWarning(`the logger failed: ${describeError(error)}`, {
        type: 'HttpDrainWarning',
        code: 'HTTP_DRAIN',
      });
    }
  };
  return { info: log('info'), warn: log('warn') };
}

function fields(drain: DrainTracker): object {
  const { phase, inFlight, leftMs, connections } = drain.snapshot();
  return { phase, inFlight, leftMs, connections: connections.open };
}
