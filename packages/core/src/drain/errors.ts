/** What a {@link DrainError} can be. */
export type DrainErrorCode =
  /** A hook did not settle in the time that was left. */
  | 'HOOK_TIMEOUT'
  /** No signal reaches a worker thread. */
  | 'NO_SIGNALS';

/** A fault at run time. Misuse is a TypeError instead; a missed deadline is a result, not an error. */
export class DrainError extends Error {
  override readonly name = 'DrainError';
  readonly code: DrainErrorCode;

  constructor(code: DrainErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The TypeError for misuse: one sentence that names the option, what was expected and what was given.
 *
 * @param hint - what to write instead
 */
export function misuse(name: string, expected: string, given: unknown, hint?: string): TypeError {
  const sentence = `Expected \`${name}\` to be ${expected}, got \`${show(given)}\``;
  return new TypeError(hint === undefined ? sentence : `${sentence}: ${hint}`);
}

/**
 * @param hint - what to write instead of options that are no object
 * @throws TypeError unless `options` is an object that has no other names than these
 */
export function checkNames(options: object, names: readonly string[], hint?: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw misuse('options', 'an object', options, hint);
  }
  if (isServer(options)) throw misuse('options', 'an object of options', options, hint);
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) throw misuse('options', `made of ${names.join(', ')}`, unknown);
}

/** A server, or an application that can listen. */
export const isServer = (given: unknown): boolean =>
  typeof (given as { listen?: unknown } | null)?.listen === 'function';

/** Whatever it is: getters and proxies that throw are no reason to throw here. */
function show(value: unknown): string {
  try {
    return showSafe(value);
  } catch {
    return 'something that cannot be shown';
  }
}

function showSafe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return `function ${value.name}`.trim();
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `an object (${value.constructor?.name ?? 'no prototype'})`;
  return String(value);
}

/** An error as a report holds it: plain text. */
export function describeError(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : `thrown: ${show(error)}`;
  } catch {
    return 'thrown: something that cannot be shown';
  }
}
