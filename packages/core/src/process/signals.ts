import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { checkDrain, type Drain } from '../drain/drain.js';
import { checkNames, DrainError, misuse } from '../drain/errors.js';
import { now } from '../node/clock.js';
import { writeHushed } from '../node/hush.js';
import { letGoOfParent, onDisconnectByPrimary } from '../node/ipc.js';
import { signalNumbers } from '../node/signal-numbers.js';
import { clearTimeout, setInterval } from '../node/timers.js';
import { turn } from '../node/turn.js';
import { type ListenErrorMessage, onPhase } from '../tell/channels.js';
import { isSelfSent } from './exit-guard.js';
import { type Listeners, listenFirst, warnOfOthers } from './first-in-line.js';
import { processDrain } from './process-drain.js';
import { SAME_PRESS_MS } from './signal-listeners.js';
import { tellIfStillAlive } from './still-alive.js';

/** Whoever called `listen()` is told of its failure, and tries another port at once, has done so after this many turns. */
const TURNS_TO_TRY_AGAIN = 10;
/** The longest that Node's timers take. */
const LONGEST_MS = 2 ** 31 - 1;

export interface UntilSignalOptions {
  /** The signals to wait for. Default SIGTERM and SIGINT. */
  signals?: readonly NodeJS.Signals[] | undefined;
  /** An IPC message that counts as a signal; PM2 sends 'shutdown'. Default none. */
  message?: string | undefined;
  /** The drain that a second signal forces, and whose servers are watched. Default the process drain. */
  drain?: Drain | undefined;
  /** Keeps the process alive until it has resolved, also where nothing else does. Default true. */
  hold?: boolean | undefined;
  /**
   * A Set or WeakSet of those listeners of others for the same signals that wait for the drain: no warning names them.
   * Default none.
   */
  harmless?: { has(listener: object): boolean } | undefined;
}

/**
 * Resolves with the name of the first signal to come (or of the IPC message), with 'disconnect' where the primary of a
 * cluster tells this worker to, or with 'shutdown' if somebody else begins the drain. Nothing is registered before it is
 * called; once the drain has closed, nothing is left. Until it has resolved it keeps the process alive (`hold`); once the drain
 * has closed, the IPC channel does not either.
 *
 * A second signal forces the drain, unless it follows within half a second of the first, or is one that the process
 * sends to itself.
 *
 * Rejects with Node's own error if a tracked server fails to listen, so that the clean-up of main runs; not where the
 * program listens for 'error' itself, or listens again at once.
 *
 * Signals are not seen that a process cannot catch (SIGKILL), and on Windows SIGTERM (Node documentation, Signal
 * events); in a worker thread, which gets none, it rejects.
 *
 * @throws TypeError for bad options
 *
 * @example
 * ```ts
 * await untilSignal();
 * await shutdown();
 * ```
 */
export function untilSignal(options: UntilSignalOptions = {}): Promise<string> {
  checkNames(
    options,
    ['signals', 'message', 'drain', 'hold', 'harmless'],
    "write untilSignal({ signals: ['SIGTERM'] })",
  );
  const { signals = ['SIGTERM', 'SIGINT'], message, drain = processDrain, hold = true } = options;
  const { harmless = new Set() } = options;
  if (!Array.isArray(signals) || signals.length === 0 || !signals.every(isSignalName)) {
    throw misuse('signals', "a list of signals that can be caught, as ['SIGTERM']", signals);
  }
  if (message !== undefined && typeof message !== 'string') throw misuse('message', 'a string', message);
  if (typeof hold !== 'boolean') throw misuse('hold', 'true or false', hold);
  if (typeof harmless?.has !== 'function') throw misuse('harmless', 'a Set of listeners', harmless);
  checkDrain(drain);
  return new Promise((resolve, reject) => {
    if (!process.getBuiltinModule('node:worker_threads').isMainThread)
      return reject(new DrainError('NO_SIGNALS', NO_SIGNALS));
    if (drain.listenError) return reject(drain.listenError);
    if (drain.phase !== 'serving') return resolve('shutdown');
    const waiter = new SignalWaiter(drain, harmless, resolve, reject);
    if (!hold) waiter.letGo();
    waiter.listen(signals, message);
  });
}

const NO_SIGNALS =
  'No signal reaches a worker thread: call untilSignal() in the main thread, and tell the worker by a message';

const isSignalName = (name: string): boolean =>
  Object.hasOwn(signalNumbers(), name) && name !== 'SIGKILL' && name !== 'SIGSTOP';

class SignalWaiter {
  readonly #drain: Drain;
  readonly #harmless: Listeners;
  readonly #resolve: (name: string) => void;
  readonly #reject: (error: Error) => void;
  readonly #off: (() => void)[] = [];
  /** Keeps the process alive. */
  readonly #hold = setInterval(() => {}, LONGEST_MS);
  #firstAt: number | undefined;

  constructor(
    drain: Drain,
    harmless: Listeners,
    resolve: (name: string) => void,
    reject: (error: Error) => void,
  ) {
    this.#drain = drain;
    this.#harmless = harmless;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  listen(signals: readonly NodeJS.Signals[], message: string | undefined): void {
    for (const signal of signals) this.#off.push(listenFirst(signal, () => this.#onSignal(signal)));
    if (message !== undefined) {
      this.#off.push(listenFirst('message', (received) => received === message && this.#onSignal(message)));
    }
    subscribe('http-drain:listen-error', this.#onListenError);
    this.#off.push(
      () => unsubscribe('http-drain:listen-error', this.#onListenError),
      onDisconnectByPrimary(() => this.#onDisconnect()),
      onPhase(this.#drain, (phase) => this.#onPhase(phase)),
    );
  }

  #onSignal(name: string): void {
    if (this.#firstAt === undefined) {
      this.#begin(name);
      if (name === 'SIGINT') sayThatItDrains(this.#drain);
      warnOfOthers(name, this.#harmless);
    } else if (!isSelfSent(name) && now() - this.#firstAt >= SAME_PRESS_MS) {
      this.#drain.force(`a second signal has come (${name})`);
    }
  }

  #onDisconnect(): void {
    if (this.#firstAt === undefined) this.#begin('disconnect');
    this.#drain.leaveCluster();
  }

  #begin(name: string): void {
    this.#firstAt = now();
    this.#drain.watchExit();
    this.#resolve(name);
    this.letGo();
  }

  #onPhase(phase: string): void {
    this.#resolve('shutdown'); // nothing, if a signal has come before
    this.letGo();
    if (phase !== 'closed') return;
    this.#end();
    if (this.#firstAt === undefined) return;
    letGoOfParent();
    tellIfStillAlive(this.#drain);
  }

  readonly #onListenError = (message: unknown): void => {
    const { drain, error, take, taker } = message as ListenErrorMessage;
    const isOurs = [drain, drain.parent].includes(this.#drain);
    if (!isOurs || this.#firstAt !== undefined || drain.phase !== 'serving') return;
    if (taker === 'caller') void this.#rejectUnlessTriedAgain();
    else if (taker === 'program') this.letGo();
    else {
      take();
      this.#fail(error);
    }
  };

  /** Whether the program looks at the error it is told of is seen by what it does. */
  async #rejectUnlessTriedAgain(): Promise<void> {
    for (let turns = 0; turns < TURNS_TO_TRY_AGAIN; turns++) await turn();
    const { listenError } = this.#drain;
    if (listenError) this.#fail(listenError);
  }

  #fail(error: Error): void {
    this.#reject(error); // nothing, if it has resolved
    if (this.#firstAt === undefined && this.#drain.phase === 'serving') this.#end();
  }

  /** It keeps the process alive no longer. */
  letGo(): void {
    clearTimeout(this.#hold);
  }

  #end(): void {
    this.letGo();
    for (const off of this.#off) off();
  }
}

/** To somebody at a terminal who hears of it in no other way: not by a logger, nor by `showProgress()`. */
function sayThatItDrains({ logger }: Drain): void {
  if (!process.stderr.isTTY || logger || channel('http-drain:report').hasSubscribers) return;
  writeHushed(process.stderr, 'http-drain: draining; Ctrl-C again cuts it short\n');
}
