import { constants } from 'node:os';
import { CODES, type Code } from './model.js';
import { DrillFailure } from './service/failure.js';

/** What a value has to be, for whoever gives it: the command line and the function ask for the same. */
export interface Kind<T> {
  /** As in "Expected --url to be …". */
  expected: string;
  fits: (value: unknown) => value is T;
  /** Why not, where that is not plain to see: "which no program can catch". */
  because?: (value: unknown) => string | undefined;
  /** The value may be a secret: it is not shown. */
  secret?: boolean;
}

/**
 * @param given - what was written, where the value was made from that
 * @throws DrillFailure, in one sentence: what was expected, what was given
 */
export function must<T>(kind: Kind<T>, value: unknown, name: string, given = value): T {
  if (kind.fits(value)) return value;
  const because = kind.because?.(value);
  const got = kind.secret ? '' : `, got ${shown(given)}${because === undefined ? '' : `, ${because}`}`;
  throw new DrillFailure('usage', `Expected ${name} to be ${kind.expected}${got}.`);
}

/** A value in a sentence. */
export function shown(value: unknown): string {
  if (typeof value === 'string' || Array.isArray(value)) return JSON.stringify(value);
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

const isString = (value: unknown): value is string => typeof value === 'string';

/** A list of strings each of which is so. */
function isList<T extends string>(value: unknown, isOne: (one: string) => boolean): value is readonly T[] {
  return Array.isArray(value) && value.every((one) => isString(one) && isOne(one));
}

export const COMMAND: Kind<readonly string[]> = {
  expected: 'a program and its arguments, such as ["node", "server.js"]',
  fits: (value): value is readonly string[] =>
    isList(value, (word) => !word.includes('\0')) && (value[0] ?? '') !== '',
};

export const PATH: Kind<string> = {
  expected: 'a path such as /items',
  fits: (value): value is string => isString(value) && /^\/[\x21-\x7e]*$/.test(value),
};

/** A name, a colon, and a value without control characters: CR and LF would begin another line (RFC 9110 section 5.5). */
const HEADER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:(?:\t|\P{Cc})*$/u;

export const HEADERS: Kind<readonly string[]> = {
  expected: 'lines such as "Name: value"',
  fits: (value): value is readonly string[] => isList(value, (line) => HEADER.test(line)),
  secret: true,
};

export const CODE_LIST: Kind<readonly Code[]> = {
  expected: 'codes such as D007,D020',
  fits: (value): value is readonly Code[] => isList(value, (code) => CODES.some((known) => known === code)),
};

/** What would prove nothing of how a service stops. */
const USELESS: Record<string, string> = {
  SIGKILL: 'which no program can catch',
  SIGSTOP: 'which no program can catch',
  SIGCONT: 'which stops nothing',
};

export const SIGNAL: Kind<NodeJS.Signals> = {
  expected: 'a signal such as SIGTERM',
  fits: (value): value is NodeJS.Signals =>
    isString(value) && Object.hasOwn(constants.signals, value) && !Object.hasOwn(USELESS, value),
  because: (value) => (isString(value) && Object.hasOwn(USELESS, value) ? USELESS[value] : undefined),
};

/** What a timer of Node can wait for. */
const LONGEST_MS = 2 ** 31 - 1;

export const MS: Kind<number> = {
  expected: `a number of ms from 0 to ${LONGEST_MS}`,
  fits: (value): value is number => typeof value === 'number' && value >= 0 && value <= LONGEST_MS,
};

export const SWITCH: Kind<boolean> = {
  expected: 'true or false',
  fits: (value): value is boolean => typeof value === 'boolean',
};

export const ABORT: Kind<AbortSignal> = {
  expected: 'an AbortSignal',
  fits: (value): value is AbortSignal => value instanceof AbortSignal,
};

export const LISTENER: Kind<(line: string) => void> = {
  expected: 'a function',
  fits: (value): value is (line: string) => void => typeof value === 'function',
};

export function whole(least: number, most: number): Kind<number> {
  return {
    expected: `a whole number from ${least} to ${most}`,
    fits: (value): value is number =>
      typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most,
  };
}

export function oneOf<T extends string>(names: readonly T[]): Kind<T> {
  return {
    expected: `one of ${names.join(', ')}`,
    fits: (value): value is T => names.some((name) => name === value),
  };
}
