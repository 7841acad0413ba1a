import { signalNumbers } from '../node/signal-numbers.js';
import { isServer, misuse } from './errors.js';
import {
  cleanupReserve,
  type DrainOptions,
  misuseOf,
  OPTION_NAMES,
  type ResolvedOptions,
} from './options.js';

/** Options that fit together, and what is wrong with those that were given. */
export interface UsableOptions {
  readonly options: ResolvedOptions;
  readonly warnings: readonly string[];
}

/**
 * What can be used of the options that `shutdown()` was given, on top of `base`: once a drain is asked for, it begins.
 *
 * @param hasHooks - are there afterDrain hooks, for which time is kept?
 */
export function usableOptions(given: unknown, base: ResolvedOptions, hasHooks: boolean): UsableOptions {
  const warnings: string[] = [];
  const warn = (error: TypeError, what: string) => warnings.push(`${error.message}: ${what}`);
  const usable = Object.entries(objectOf(given, warn)).flatMap(([name, value]) => {
    const used = usableValue(name, value, warn);
    return used === undefined ? [] : [[name, used]];
  });
  const options = { ...base, ...Object.fromEntries(usable) };
  return { options: { ...options, lameDuckMs: fittingLameDuck(options, hasHooks, warnings) }, warnings };
}

type Warn = (error: TypeError, what: string) => void;

/** `process.on('SIGTERM', shutdown)` calls it with the signal's name, which is no mistake. */
function objectOf(given: unknown, warn: Warn): object {
  if (given === undefined || isSignalName(given)) return {};
  if (typeof given === 'object' && given !== null && isMadeOfOptions(given)) return given;
  warn(misuse('options', 'an object of options', given), hintOf(given));
  return {};
}

export const isSignalName = (given: unknown): boolean =>
  typeof given === 'string' && Object.hasOwn(signalNumbers(), given);

/** What is no plain object may hold options all the same. */
function isMadeOfOptions(given: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(given);
  return prototype === Object.prototype || prototype === null || OPTION_NAMES.some((name) => name in given);
}

const hintOf = (given: unknown): string =>
  isServer(given) ? 'shutdown() takes no server, it finds them; track(server) adds one' : 'it is ignored';

function usableValue(name: string, value: unknown, warn: Warn): unknown {
  if (!OPTION_NAMES.includes(name)) {
    warn(misuse('options', `made of ${OPTION_NAMES.join(', ')}`, name), 'it is ignored');
    return undefined;
  }
  const error = value === undefined ? undefined : misuseOf(name as keyof DrainOptions, value);
  if (!error) return value;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : undefined;
  const isNumber = number !== undefined && !misuseOf(name as keyof DrainOptions, number);
  warn(error, isNumber ? `it is taken for ${number}` : 'it is ignored');
  return isNumber ? number : undefined;
}

/** A lame duck that leaves requests no time is shortened to half of what hooks leave. */
function fittingLameDuck(options: ResolvedOptions, hasHooks: boolean, warnings: string[]): number {
  const { deadlineMs, lameDuckMs } = options;
  const reserve = hasHooks ? cleanupReserve(options) : 0;
  if (lameDuckMs === 0 || lameDuckMs < deadlineMs - reserve) return lameDuckMs;
  const fitting = Math.floor((deadlineMs - reserve) / 2);
  const kept = reserve > 0 ? `, of which ${reserve} are kept for afterDrain hooks` : '';
  warnings.push(
    `the lame duck of ${lameDuckMs} ms does not fit into the deadline of ${deadlineMs} ms${kept}: it is ${fitting} ms`,
  );
  return fitting;
}
