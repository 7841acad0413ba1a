import type { DrainState } from '../drain/drain-state.js';
import type { DrainLogger } from '../drain/options.js';
import type { Phase } from '../drain/phase.js';
import type { DrainReport } from '../drain/report.js';
import { takeSnapshot } from '../drain/snapshot.js';
import { clearTimeout, setInterval, type Timer } from '../node/timers.js';
import { describeReport } from './report-text.js';
import { describeWaiting } from './waiting.js';
import { writeTo } from './write-to.js';

const EVERY_MS = 1_000;

/**
 * A line at each phase that lasts and, until closed, one a second that names what is waited for. Without a logger:
 * only warnings, and what came of it if something was forced or has failed, as process warnings.
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
    const level = report.clean && lines.length === 1 ? 'info' : 'warn';
    if (this.#logger) this.#say(this.#logger, level, { report }, lines.join('; '));
    else if (level === 'warn' && !this.#state().led) this.warn({ report }, lines.join('; '));
  }

  warn(fields: object, message: string): void {
    const { logger } = this.#state().options;
    if (logger && this.#say(logger, 'warn', fields, message)) return;
    this.#state().faults.call('process.emitWarning', () =>
      process.emitWarning(message, { type: 'HttpDrainWarning', code: 'HTTP_DRAIN' }),
    );
  }

  /** False where the logger throws. */
  #say(logger: DrainLogger, level: keyof DrainLogger, fields: object, message: string): boolean {
    const said = this.#state().faults.call(`logger.${level}`, () => {
      return writeTo(logger, level, fields, message) ?? true;
    });
    return said !== undefined;
  }

  #begin(): void {
    const state = this.#state();
    if (!state.options.logger || state.led) return;
    this.#logger = state.options.logger;
    // A lame duck that takes no time is over by then.
    void Promise.resolve().then(() => state.phase === 'lame-duck' && this.#line());
    this.#timer = setInterval(() => this.#line(), EVERY_MS);
  }

  #line(): void {
    if (!this.#logger) return;
    const state = this.#state();
    const waitingFor = describeWaiting(state);
    const line = `${state.phase}: ${doing(state)} ${waitingFor}`;
    this.#say(this.#logger, 'info', { ...fields(state), waitingFor }, line);
  }
}

function doing({ family, phase }: DrainState): string {
  if (phase === 'lame-duck') return 'unready, still serving';
  const isOpen = family.some(({ servers }) => servers.main.length > 0);
  return phase === 'forcing' && isOpen ? 'cutting off' : 'waiting for';
}

function fields(state: DrainState): object {
  const { phase, inFlight, leftMs, connections } = takeSnapshot(state);
  return { phase, inFlight, leftMs, connections: connections.open };
}
