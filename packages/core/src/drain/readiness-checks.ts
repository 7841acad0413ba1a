import { elapsed, now } from '../node/clock.js';
import { clearTimeout, setTimeout } from '../node/timers.js';
import { describeError } from './errors.js';

/** Good unless it throws, rejects, or gives false. Its signal aborts when it is no longer waited for. */
export type ReadinessCheck = (signal: AbortSignal) => unknown;

/** What became of a check. */
export interface CheckResult {
  ok: boolean;
  durationMs: number;
  error?: string;
}

/** Checks that are asked together, each for no longer than its time. */
export class ReadinessChecks {
  readonly #checks: readonly (readonly [name: string, check: ReadinessCheck])[];
  readonly #timeoutMs: number;
  /** Those under way: one that hangs is there once, however often it is asked. */
  readonly #running = new Map<string, Promise<CheckResult>>();

  constructor(checks: Record<string, ReadinessCheck>, timeoutMs: number) {
    this.#checks = Object.entries(checks);
    this.#timeoutMs = timeoutMs;
  }

  async run(): Promise<Record<string, CheckResult>> {
    const results = this.#checks.map(async ([name, check]) => [name, await this.#ask(name, check)] as const);
    return Object.fromEntries(await Promise.all(results));
  }

  async #ask(name: string, check: ReadinessCheck): Promise<CheckResult> {
    const since = now();
    const limit = new AbortController();
    const running = this.#running.get(name) ?? this.#start(name, check, limit.signal);
    const error = `it took longer than ${this.#timeoutMs} ms`;
    const overdue = new Promise<CheckResult>((resolve) => {
      const timer = setTimeout(() => {
        limit.abort();
        resolve({ ok: false, durationMs: elapsed(since), error });
      }, this.#timeoutMs);
      void running.then(() => clearTimeout(timer));
    });
    return Promise.race([running, overdue]);
  }

  #start(name: string, check: ReadinessCheck, signal: AbortSignal): Promise<CheckResult> {
    const running = result(check, signal);
    this.#running.set(name, running);
    void running.then(() => this.#running.delete(name));
    return running;
  }
}

/** Never rejects. */
async function result(check: ReadinessCheck, signal: AbortSignal): Promise<CheckResult> {
  const since = now();
  try {
    const ok = (await check(signal)) !== false;
    return { ok, durationMs: elapsed(since), ...(!ok && { error: 'it gave false' }) };
  } catch (error) {
    return { ok: false, durationMs: elapsed(since), error: describeError(error) };
  }
}
