import type { Server } from 'node:net';
import { checkNames, misuse } from './errors.js';

/** The part of a logger that is used: pino's shape (fields first, then the message). */
export interface DrainLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Options of a drain. All times are in milliseconds. */
export interface DrainOptions {
  /**
   * `shutdown()` resolves within this time, whatever happens: lame duck, requests, forcing and hooks together.
   * Keep it under the grace period of whoever sends the signal (Kubernetes' `terminationGracePeriodSeconds`).
   * Default 25 000.
   */
  deadlineMs?: number | undefined;
  /** How long to be unready, but still serving, before draining begins. Default 0. */
  lameDuckMs?: number | undefined;
  /** The lame duck ends early after this long without a new request or connection. Default 0: off. */
  quietMs?: number | undefined;
  /**
   * The end of the deadline that is kept for afterDrain hooks, where there are any; never more than a quarter of
   * the deadline. Default 5 000.
   */
  cleanupMs?: number | undefined;
  /**
   * What a request gets that arrives after draining began, once all that had been sent before is read:
   * `'serve'` (default), or `'reject'`: 503 with Retry-After and Connection: close.
   */
  lateRequests?: 'serve' | 'reject' | undefined;
  /**
   * While serving, a connection older than this (give or take 10 %, each its own) is told with its next answer
   * (`Connection: close`; HTTP/2: GOAWAY at a quiet moment), and closes after it, so that load balancers can spread
   * clients anew. One that stays idle is left to its keep-alive timeout. Default 0: off.
   */
  maxConnectionAgeMs?: number | undefined;
  /**
   * What HTTP/2 sessions hear in the lame duck, for which HTTP/2 has no `Connection: close`: `'wait'` (default), nothing;
   * `'goaway'`: from its middle on, spread over the rest, a session gets its GOAWAY at its next quiet moment.
   */
  http2LameDuck?: 'wait' | 'goaway' | undefined;
  /**
   * Idle connections are closed evenly over this time once draining begins, at most over three quarters of the time
   * until forcing, so that their clients do not all come back at once. Default 0: all at once.
   */
  closeSpreadMs?: number | undefined;
  /** What is reported of a request's URL: its `'path'` (default; a query string may carry secrets) or all of it. */
  urls?: 'path' | 'full' | undefined;
  /** Gets a line at each phase and, while draining, one a second that names what is waited for. */
  logger?: DrainLogger | undefined;
  /** Servers found by discovery for which this returns true are left alone. */
  ignore?: ((server: Server) => boolean) | undefined;
}

export interface ResolvedOptions {
  readonly deadlineMs: number;
  readonly lameDuckMs: number;
  readonly quietMs: number;
  readonly cleanupMs: number;
  readonly lateRequests: 'serve' | 'reject';
  readonly maxConnectionAgeMs: number;
  readonly http2LameDuck: 'wait' | 'goaway';
  readonly closeSpreadMs: number;
  readonly urls: 'path' | 'full';
  readonly logger: DrainLogger | undefined;
  readonly ignore: ((server: Server) => boolean) | undefined;
}

/** Node's timers take no longer delay (Node documentation, `setTimeout`). */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

type Rule = readonly [expected: string, holds: (value: never) => boolean];

/** Milliseconds that a timer takes. */
export const isDuration = (value: unknown): boolean =>
  typeof value === 'number' && value >= 0 && value <= LONGEST_DELAY_MS;

const duration: Rule = [`a finite number of milliseconds >= 0 and <= ${LONGEST_DELAY_MS}`, isDuration];

const oneOf = (...values: string[]): Rule => [
  values.map((value) => `'${value}'`).join(' or '),
  (value: unknown) => values.includes(value as string),
];

const RULES: Record<keyof DrainOptions, Rule> = {
  deadlineMs: duration,
  lameDuckMs: duration,
  quietMs: duration,
  cleanupMs: duration,
  lateRequests: oneOf('serve', 'reject'),
  maxConnectionAgeMs: duration,
  http2LameDuck: oneOf('wait', 'goaway'),
  closeSpreadMs: duration,
  urls: oneOf('path', 'full'),
  logger: [
    'a logger with info(fields, message) and warn(fields, message)',
    (value: DrainLogger) => typeof value?.info === 'function' && typeof value?.warn === 'function',
  ],
  ignore: ['a function', (value: unknown) => typeof value === 'function'],
};

export const DEFAULTS: ResolvedOptions = {
  deadlineMs: 25_000,
  lameDuckMs: 0,
  quietMs: 0,
  cleanupMs: 5_000,
  lateRequests: 'serve',
  maxConnectionAgeMs: 0,
  http2LameDuck: 'wait',
  closeSpreadMs: 0,
  urls: 'path',
  logger: undefined,
  ignore: undefined,
};

export const OPTION_NAMES = Object.keys(RULES);

/**
 * For adapters, whose options are those of a drain and their own.
 *
 * @param hint - what to write instead of options that are no object
 * @throws TypeError for what is no object, or has other names
 */
export function checkAdapterOptions(options: object, own: readonly string[], hint: string): void {
  checkNames(options, [...own, ...OPTION_NAMES], hint);
}

/** What is allowed, and is hardly what was meant: seconds. */
export function suspicions({ deadlineMs, lameDuckMs, maxConnectionAgeMs }: DrainOptions): string[] {
  const seconds = (name: string, ms = 0, most = 0) =>
    ms > 0 && ms <= most
      ? [`\`${name}\` is in milliseconds, ${ms} of them are ${ms / 1_000} s: for ${ms} s write ${ms * 1_000}`]
      : [];
  return [
    ...seconds('deadlineMs', deadlineMs, 99),
    ...seconds('lameDuckMs', lameDuckMs, 30),
    ...seconds('maxConnectionAgeMs', maxConnectionAgeMs, 999),
  ];
}

/**
 * `base` with `options` on top.
 *
 * @throws TypeError for an unknown option, a bad value, or times that cannot fit into the deadline
 */
export function resolveOptions(options: DrainOptions | undefined, base = DEFAULTS): ResolvedOptions {
  if (options === undefined) return base;
  checkNames(options, OPTION_NAMES);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    const error = misuseOf(name as keyof DrainOptions, value);
    if (error) throw error;
  }
  checkTimesFit(options, base);
  return { ...base, ...Object.fromEntries(given) };
}

/** What is wrong with the value of an option, if anything. */
export function misuseOf(name: keyof DrainOptions, value: unknown): TypeError | undefined {
  const [expected, holds] = RULES[name];
  return holds(value as never) ? undefined : misuse(name, expected, value);
}

/** Whether what was said elsewhere fits is seen at the signal: more may still be said. */
function checkTimesFit({ cleanupMs, deadlineMs, lameDuckMs }: DrainOptions, base: ResolvedOptions): void {
  const deadline = deadlineMs ?? Math.max(base.deadlineMs, DEFAULTS.deadlineMs);
  const reserve = cleanupMs === undefined ? 0 : cleanupReserve({ cleanupMs, deadlineMs: deadline });
  if (!lameDuckMs || lameDuckMs < deadline - reserve) return;
  const less = reserve > 0 ? ` less ${reserve} of cleanup` : '';
  throw misuse('lameDuckMs', `less than the deadline of ${deadline} ms${less}`, lameDuckMs);
}

/** Of the time that there is, the most over which connections are told, or closed. */
export const SPREAD_SHARE = 0.75;

/** The milliseconds at the end of the deadline that afterDrain hooks can count on. */
export function cleanupReserve({
  cleanupMs,
  deadlineMs,
}: Pick<ResolvedOptions, 'cleanupMs' | 'deadlineMs'>): number {
  return Math.min(cleanupMs, deadlineMs / 4);
}
