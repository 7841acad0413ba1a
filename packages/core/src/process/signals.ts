import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { constants } from 'node:os';
import { checkDrain, type Drain } from '../drain/drain.js';
import { checkNames, misuse } from '../drain/errors.js';
import { now } from '../node/clock.js';
import { describeFunction } from '../node/inspector.js';
import { type ListenErrorMessage, onPhase } from '../tell/channels.js';
import { processDrain } from './process-drain.js';
import { ourListeners, SAME_PRESS_MS } from './signal-listeners.js';

export interface UntilSignalOptions {
  /** The signals to wait for. Default SIGTERM and SIGINT. */
  signals?: readonly NodeJS.Signals[] | undefined;
  /** An IPC message that counts as a signal; PM2 sends 'shutdown'. Default none. */
  message?: string | undefined;
  /** The drain that a second signal forces, and whose servers are watched. Default the process drain. */
  drain?: Drain | undefined;
}

/**
 * Resolves with the name of the first signal to come (or of the IPC message), or with 'shutdown' if somebody else
 * begins the drain. Nothing is registered before it is called; once the drain has closed, nothing is left.
 *
 * A second signal forces the drain, unless it follows within half a second of the first.
 *
 * Rejects with Node's own error if a tracked server fails to listen, so that the clean-up of main runs.
 *
 * Signals are not seen that a process cannot catch (SIGKILL), and on Windows SIGTERM (Node documentation, Signal events).
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
  checkNames(options, ['signals', 'message', 'drain']);
  const { signals = ['SIGTERM', 'SIGINT'], message, drain = processDrain } = options;
  if (!Array.isArray(signals) || signals.length === 0 || !signals.every(isSignalName)) {
    throw misuse('signals', "a list of signals that can be caught, as ['SIGTERM']", signals);
  }
  if (message !== undefined && typeof message !== 'string') throw misuse('message', 'a string', message);
  checkDrain(drain);
  return new Promise((resolve, reject) => {
    if (drain.listenError) return reject(drain.listenError);
    if (drain.phase !== 'serving') return resolve('shutdown');
    const waiter = new SignalWaiter(drain, resolve, reject);
    waiter.listen(signals, message);
  });
}

const isSignalName = (name: string): boolean =>
  Object.hasOwn(constants.signals, name) && name !== 'SIGKILL' && name !== 'SIGSTOP';

class SignalWaiter {
  readonly #drain: Drain;
  readonly #resolve: (name: string) => void;
  readonly #reject: (error: Error) => void;
  readonly #off: (() => void)[] = [];
  #firstAt: number | undefined;

  constructor(drain: Drain, resolve: (name: string) => void, reject: (error: Error) => void) {
    this.#drain = drain;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  listen(signals: readonly NodeJS.Signals[], message: string | undefined): void {
    for (const signal of signals) this.#on(signal, () => this.#onSignal(signal));
    if (message !== undefined)
      this.#on('message', (received) => received === message && this.#onSignal(message));
    subscribe('http-drain:listen-error', this.#onListenError);
    this.#off.push(() => unsubscribe('http-drain:listen-error', this.#onListenError));
    this.#off.push(
      onPhase(this.#drain, (phase) => {
        this.#resolve('shutdown'); // nothing, if a signal has come before
        if (phase === 'closed') this.#end();
      }),
    );
  }

  #on(event: string, listener: (...args: unknown[]) => void): void {
    // First in line: a listener that exits would leave those behind it unheard.
    process.prependListener(event as NodeJS.Signals, listener);
    this.#off.push(() => process.off(event, listener));
    ourListeners.add(listener);
  }

  #onSignal(name: string): void {
    if (this.#firstAt === undefined) {
      this.#firstAt = now();
      if (name === 'SIGINT') sayThatItDrains(this.#drain);
      this.#drain.watchExit();
      warnOfOthers(name);
      this.#resolve(name);
    } else if (now() - this.#firstAt >= SAME_PRESS_MS) this.#drain.force();
  }

  readonly #onListenError = (message: unknown): void => {
    const { drain, error, take } = message as ListenErrorMessage;
    if (
      ![drain, drain.parent].includes(this.#drain) ||
      this.#firstAt !== undefined ||
      drain.phase !== 'serving'
    )
      return;
    take();
    this.#reject(error);
    this.#end();
  };

  #end(): void {
    for (const off of this.#off) off();
  }
}

/** To somebody at a terminal who hears of it in no other way: not by a logger, nor by `showProgress()`. */
function sayThatItDrains({ logger }: Drain): void {
  if (!process.stderr.isTTY || logger || channel('http-drain:report').hasSubscribers) return;
  process.stderr.write('http-drain: draining; Ctrl-C again cuts it short\n');
}

/** One warning for each other listener: one that exits the process is why clean-up does not run. */
function warnOfOthers(signal: string): void {
  if (!signal.startsWith('SIG')) return;
  const others = process
    .listeners(signal as NodeJS.Signals)
    .filter((listener) => !ourListeners.has(listener));
  if (others.length === 0) return;
  const names = others.map(describeFunction).join('; ');
  process.emitWarning(
    `${signal} has ${others.length === 1 ? 'another listener' : `${others.length} other listeners`}: ${names}. ` +
      'If it exits the process, the drain and its hooks are cut short',
    { type: 'HttpDrainWarning', code: 'HTTP_DRAIN_OTHER_SIGNAL_LISTENER' },
  );
}
