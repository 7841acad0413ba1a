import { writeSync } from 'node:fs';
import { describeError } from './errors.js';

type Exit = typeof process.exit;
type Kill = typeof process.kill;

/** Signals with which a process that kills itself does not end. */
const HARMLESS = new Set<string | number | undefined>([
  0,
  'SIGCONT',
  'SIGWINCH',
  'SIGCHLD',
  'SIGURG',
  'SIGSTOP',
]);

/** What is lost if the process ends now: one entry for each drain under way. */
const underWay = new Set<() => string>();
let exit: Exit;
let kill: Kill;
let uncaught: string | undefined;
let told = false;

/**
 * Watches, until the function that it returns is called, for the end of the process by somebody else, and tells on
 * stderr what was lost, and who called. It only watches: the process ends as it would have. `process.exit` and
 * `process.kill` are as they were once no drain is watched any more.
 *
 * Not seen: SIGKILL and other signals from outside, `process.abort()`, and a crash of Node itself.
 *
 * @param describe - says what is lost if the process ends now
 */
export function watchForExit(describe: () => string): () => void {
  if (underWay.size === 0) watch();
  underWay.add(describe);
  return () => {
    if (underWay.delete(describe) && underWay.size === 0) unwatch();
  };
}

function watch(): void {
  ({ exit, kill } = process);
  told = false;
  uncaught = undefined;
  process.exit = watchedExit;
  process.kill = watchedKill;
  process.on('uncaughtExceptionMonitor', onUncaught);
  process.on('exit', onExit);
}

function unwatch(): void {
  if (process.exit === watchedExit) process.exit = exit;
  if (process.kill === watchedKill) process.kill = kill;
  process.off('uncaughtExceptionMonitor', onUncaught);
  process.off('exit', onExit);
}

const watchedExit: Exit = (code) => {
  tell(`process.exit(${code ?? ''}) was called ${callers(watchedExit)}`);
  return exit.call(process, code);
};

const watchedKill: Kill = (pid, signal = 'SIGTERM') => {
  const fatal = !HARMLESS.has(signal) && process.listenerCount(String(signal)) === 0;
  if (pid === process.pid && fatal) {
    tell(`process.kill(process.pid, '${signal}') was called ${callers(watchedKill)}`);
  }
  return kill.call(process, pid, signal);
};

function onUncaught(error: unknown): void {
  const at = error instanceof Error && error.stack ? ` ${frames(error.stack)}` : '';
  uncaught = `uncaught ${describeError(error)}${at}`;
}

function onExit(code: number): void {
  tell(uncaught ?? `the process exits with code ${code}`);
}

function tell(cause: string): void {
  if (told || underWay.size === 0) return;
  told = true;
  const lost = [...underWay].map((describe) => describe()).join('; ');
  const line = `http-drain: the process ends before its drain has: ${lost}; ${cause}\n`;
  try {
    writeSync(2, line);
  } catch {
    process.stderr.write(line); // a pipe that is full just now
  }
}

function callers(below: (...args: never[]) => unknown): string {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, below);
  return frames(holder.stack ?? '');
}

/** The frames of a stack on one line, innermost first. */
function frames(stack: string): string {
  return stack.split('\n    ').slice(1).join(' ').replaceAll('\n', ' ');
}
