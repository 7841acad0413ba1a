import type { Drain } from './drain.js';
import { checkNames, misuse } from './errors.js';
import { isDuration } from './options.js';
import { type CheckResult, type ReadinessCheck, ReadinessChecks } from './readiness-checks.js';

export type ProbeKind = 'readiness' | 'liveness';

/** Readiness that is more than "not draining". */
export interface ReadinessOptions {
  /** As '/readyz'. */
  path: string;
  /**
   * Asked, by name, at each probe while serving: readiness is 503 'unready' while one of them throws, rejects, gives
   * false, or takes longer than `timeoutMs`. Each is given a signal that aborts then. One that is still under way when
   * the next probe comes is not started again.
   */
  checks?: Record<string, ReadinessCheck> | undefined;
  /** How long a check may take, in milliseconds. Default 1 000. */
  timeoutMs?: number | undefined;
  /** Answers with JSON that has the result of each check; errors and all, so not for everybody's eyes. Default false. */
  verbose?: boolean | undefined;
  /** Answers 503 'starting' until `setReady()` is called. Default false. */
  starting?: boolean | undefined;
}

/** Where health probes are answered. Each is off unless a path is given. */
export interface ProbePaths {
  /**
   * Answers 200 'ready' while serving, and 503 'draining' from the lame duck on; 503 'starting' or 'unready' where it
   * was told so. A path, as '/readyz', or more than that.
   */
  readiness?: string | ReadinessOptions | undefined;
  /** Answers 200 'live' until the drain has closed, then 503 'closed'. A path, as '/livez'. */
  liveness?: string | undefined;
}

export interface ProbeAnswer {
  statusCode: 200 | 503;
  headers: Record<string, string>;
  body: string;
}

/** What a plain probe is answered, for adapters. */
export function probeAnswer(drain: Drain, kind: ProbeKind): ProbeAnswer {
  if (kind === 'readiness') return answer(drain.ready, drain.readiness);
  const live = drain.phase !== 'closed';
  return answer(live, live ? 'live' : 'closed');
}

function answer(good: boolean, body: string, type = 'text/plain'): ProbeAnswer {
  return {
    statusCode: good ? 200 : 503,
    headers: { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' },
    body,
  };
}

/** The health probes of a server. */
export class Probes {
  /** The kind of probe at each path. */
  readonly paths: ReadonlyMap<string, ProbeKind>;
  readonly #drain: Drain;
  readonly #checks: ReadinessChecks | undefined;
  readonly #verbose: boolean;

  /** @throws TypeError for bad options */
  constructor(drain: Drain, { readiness, liveness }: ProbePaths) {
    const options: Resolved = typeof readiness === 'object' ? checkReadiness(readiness) : { path: readiness };
    this.paths = probesByPath({ readiness: options.path, liveness });
    const { checks = {}, timeoutMs = 1_000, verbose = false } = options;
    this.#drain = drain;
    this.#checks = Object.keys(checks).length > 0 ? new ReadinessChecks(checks, timeoutMs) : undefined;
    this.#verbose = verbose;
    drain.answersProbesAt(this.paths.keys());
    if (options.starting) drain.setReady(false);
  }

  /** What a probe is answered. It is not counted as a request in flight. */
  answer(kind: ProbeKind, response: object): ProbeAnswer | Promise<ProbeAnswer> {
    this.#drain.discount(response);
    if (kind === 'liveness' || (!this.#checks && !this.#verbose)) return probeAnswer(this.#drain, kind);
    return this.#askChecks();
  }

  async #askChecks(): Promise<ProbeAnswer> {
    const results = this.#drain.ready ? ((await this.#checks?.run()) ?? {}) : {};
    const { readiness } = this.#drain; // It may have begun to drain meanwhile.
    const passed = Object.values(results).every(({ ok }) => ok);
    const status = readiness === 'ready' && !passed ? 'unready' : readiness;
    const body = this.#verbose ? describe(status, results) : status;
    return answer(status === 'ready', body, this.#verbose ? 'application/json' : undefined);
  }
}

type Resolved = Omit<ReadinessOptions, 'path'> & { readonly path: string | undefined };

const describe = (status: string, checks: Record<string, CheckResult>): string =>
  `${JSON.stringify({ status, checks })}\n`;

/**
 * The kind of probe at each path.
 *
 * @throws TypeError for what is no path
 */
export function probesByPath(paths: { readonly [Kind in ProbeKind]?: unknown }): Map<string, ProbeKind> {
  const kinds = new Map<string, ProbeKind>();
  for (const kind of ['readiness', 'liveness'] as const) {
    const path = paths[kind];
    if (path === undefined) continue;
    if (typeof path !== 'string' || !/^\/[^?#]*$/.test(path))
      throw misuse(kind, "a path that begins with '/'", path);
    if (kinds.has(path)) throw misuse(kind, 'another path than that of readiness', path);
    kinds.set(path, kind);
  }
  return kinds;
}

function checkReadiness(options: ReadinessOptions): ReadinessOptions {
  checkNames(options, ['path', 'checks', 'timeoutMs', 'verbose', 'starting']);
  const { path, checks = {}, timeoutMs = 1_000, verbose = false, starting = false } = options;
  if (path === undefined) throw misuse('readiness', "a path, or options with a `path` as '/readyz'", options);
  const areFunctions = typeof checks === 'object' && checks !== null;
  if (!areFunctions || !Object.values(checks).every((check) => typeof check === 'function'))
    throw misuse('checks', 'functions by name, as { db: () => db.ping() }', checks);
  if (!isDuration(timeoutMs)) throw misuse('timeoutMs', 'a finite number of milliseconds >= 0', timeoutMs);
  if (typeof verbose !== 'boolean') throw misuse('verbose', 'true or false', verbose);
  if (typeof starting !== 'boolean') throw misuse('starting', 'true or false', starting);
  return options;
}
