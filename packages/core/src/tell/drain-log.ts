import type { DrainState } from '../drain/drain-state.js';
import { describeError } from '../drain/errors.js';
import type { DrainLogger } from '../drain/options.js';
import type { Phase } from '../drain/phase.js';
import type { DrainReport } from '../drain/report.js';
import { takeSnapshot } from '../drain/snapshot.js';
import { clearTimeout, setInterval, type Timer } from '../node/timers.js';
import { describeReport } from './report-text.js';
import { describeWaiting } from './waiting.js';

const EVERY_MS = 1_000;

/**
 * A line at each phase that lasts and, until closed, one a second that names what is waited for. Without a logger:
 * only warnings, as process warnings.
 */
export class DrainLog {
  readonly #state: () => DrainState;
  /** That of the beginning of the drain; its lines go to one logger. */
  #logger: DrainLogger | undefined;
  #timer: Timer | undefined;

  constructor(state: () => DrainState) {
    this.#state = state;
  }

  onPhase(phase: Phase): void {
    if (phase === 'lame-duck') this.#begin();
    else if (phase !== 'closed') this.#line();
  }

  onReport(report: DrainReport): void {
    clearTimeout(this.#timer);
    const lines = describeReport(report);
    const level = report.outcome === 'forced' || lines.length > 1 ? 'warn' : 'info';
    this.#logger?.[level]({ report }, lines.join('; '));
  }

  warn(fields: object, message: string): void {
    const { logger } = this.#state().options;
    if (logger) logger.warn(fields, message);
    else process.emitWarning(message, { type: 'HttpDrainWarning', code: 'HTTP_DRAIN' });
  }

  #begin(): void {
    const state = this.#state();
    if (!state.options.logger) return;
    this.#logger = unfailing(state.options.logger);
    // A lame duck that takes no time is over by then.
    void Promise.resolve().then(() => state.phase === 'lame-duck' && this.#line());
    this.#timer = setInterval(() => this.#line(), EVERY_MS);
  }

  #line(): void {
    if (!this.#logger) return;
    const state = this.#state();
    const waitingFor = describeWaiting(state);
    this.#logger.info({ ...fields(state), waitingFor }, `${state.phase}: ${doing(state)} ${waitingFor}`);
  }
}

function doing({ phase, servers }: DrainState): string {
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

function fields(state: DrainState): object {
  const { phase, inFlight, leftMs, connections } = takeSnapshot(state);
  return { phase, inFlight, leftMs, connections: connections.open };
}
