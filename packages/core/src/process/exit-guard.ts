import { writeSync } from 'node:fs';
import { describeError } from '../drain/errors.js';
import { signalNumbers } from '../node/signal-numbers.js';
import { registration } from './registration.js';

/** Signals with which a process that sends them to itself does not end, without a listener too. */
const HARMLESS = new Set(
  'SIGCHLD SIGCONT SIGPIPE SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1 SIGWINCH'.split(' '),
);

/** What is lost if the process ends now: one entry for each drain under way. */
const underWay = new Set<() => string | undefined>();
let unwrap: (() => void)[] = [];
/** Signals on their way from this process to itself; all copies of this package see them. */
const SELF_SENT = Symbol.for('@http-drain/core:self-sent:1');
const shared = globalThis as { [SELF_SENT]?: Set<string> };
shared[SELF_SENT] ??= new Set();
const selfSent = shared[SELF_SENT];
/** Why the process will end, if it does. */
let cause: string | undefined;
let told = false;

/**
 * Watches, until the function that it returns is called, for the end of the process by somebody else, and tells on
 * stderr what was lost, and who called. It only watches: the process ends as it would have. `process.exit`,
 * `process.reallyExit` and `process.kill` are as they were once no drain is watched any more.
 *
 * Not seen: SIGKILL and other signals from outside, `process.abort()`, and a crash of Node itself.
 *
 * @param describe - says what is lost if the process ends now; undefined: nothing
 */
export function watchForExit(describe: () => string | undefined): () => void {
  if (underWay.size === 0) watch();
  underWay.add(describe);
  return () => {
    if (underWay.delete(describe) && underWay.size === 0) unwatch();
  };
}

/**
 * Tells on stderr, when the process exits before the function that it returns has been called, that these hooks have
 * not run: what they belong to was never shut down.
 */
export function watchForHooks(names: () => readonly string[]): () => void {
  const onExit = () => {
    if (names().length > 0)
      write(`the process ends without shutdown(): hooks not run: ${names().join(', ')}`);
  };
  process.on('exit', onExit);
  return () => process.off('exit', onExit);
}

function watch(): void {
  told = false;
  cause = undefined;
  selfSent.clear();
  unwrap = [wrap('exit', onExitCall), wrap('reallyExit', onReallyExitCall), wrap('kill', onKillCall)];
  process.on('uncaughtExceptionMonitor', onUncaught);
  process.prependListener('exit', onExit);
}

function unwatch(): void {
  for (const off of unwrap) off();
  process.off('uncaughtExceptionMonitor', onUncaught);
  process.off('exit', onExit);
}

type Callable = (...args: unknown[]) => unknown;

/** On our wrappers, so that they know each other, those of other copies of this package included. */
const WRAPPER = Symbol.for('@http-drain/core:exit-guard:1');

interface Wrapped extends Callable {
  [WRAPPER]?: { readonly original: Callable; ended: boolean };
}

/**
 * Calls `watcher` before each call of `process[name]`, with a description of the caller. Where `process` is frozen it
 * does nothing. The function that it returns takes the wrapper off again; around which somebody else has put his own,
 * it stays, and watches no more.
 */
function wrap(
  name: 'exit' | 'reallyExit' | 'kill',
  watcher: (args: unknown[], caller: string) => void,
): () => void {
  const functions = process as unknown as Record<string, Wrapped>;
  const original = functions[name] as Callable;
  const state = { original, ended: false };
  const wrapper: Wrapped = (...args) => {
    if (!state.ended) watcher(args, callers(wrapper));
    return original.apply(process, args);
  };
  wrapper[WRAPPER] = state;
  Reflect.set(functions, name, wrapper);
  return () => {
    state.ended = true;
    let top = functions[name]?.[WRAPPER];
    while (top?.ended && Reflect.set(functions, name, top.original)) top = functions[name]?.[WRAPPER];
  };
}

function onExitCall([code]: unknown[], caller: string): void {
  cause = `process.exit(${code ?? ''}) was called ${caller}`;
}

/** It leaves no time for 'exit', which has told already where Node calls it. */
function onReallyExitCall([code]: unknown[], caller: string): void {
  tell(`process.reallyExit(${code ?? ''}) was called ${caller}`);
}

/** A signal that ends the process leaves no time for 'exit'. */
function onKillCall([pid, signal = 'SIGTERM']: unknown[], caller: string): void {
  const name = nameOf(signal);
  if (name === undefined || ![process.pid, 0, -process.pid].includes(Number(pid))) return;
  if (process.listenerCount(name) > 0 || registration()?.catches(name)) selfSent.add(name);
  else if (!HARMLESS.has(name)) tell(`process.kill(${pid}, '${name}') was called ${caller}`);
}

/**
 * Has the process sent this signal, which has just come, to itself? Nest and signal-exit do so when they are done. It is
 * known while a drain is watched.
 */
export const isSelfSent = (signal: string): boolean => selfSent.delete(signal);

/** The name of a signal that there is, given by its name or number. */
function nameOf(signal: unknown): string | undefined {
  return Object.entries(signalNumbers()).find((pair) => pair.includes(signal as string))?.[0];
}

function onUncaught(error: unknown): void {
  const at = error instanceof Error && error.stack ? ` ${frames(error.stack)}` : '';
  cause = `uncaught ${describeError(error)}${at}`;
}

function onExit(code: number): void {
  tell(cause ?? `the process exits with code ${code}`);
}

function tell(why: string): void {
  const lost = [...underWay].flatMap((describe) => describe() ?? []);
  if (told || lost.length === 0) return;
  told = true;
  write(`the process ends before its drain has: ${lost.join('; ')}; ${why}`);
}

/** On stderr, as one line. */
function write(text: string): void {
  const line = `http-drain: ${text.replaceAll(/\s*[\r\n]\s*/g, ' ')}\n`;
  try {
    writeSync(2, line);
  } catch {
    process.stderr.write(line); // a pipe that is full just now
  }
}

function callers(below: Callable): string {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, below);
  return frames(holder.stack ?? '');
}

/** The frames of a stack on one line, innermost first. */
function frames(stack: string): string {
  return stack.split('\n    ').slice(1).join(' ');
}
