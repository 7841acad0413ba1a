import { callHidden, catchSignal, listenersFor, releaseSignal } from '../node/signal-handle.js';
import { signalNumbers } from '../node/signal-numbers.js';

export type HeldSignal = 'SIGTERM' | 'SIGINT';

/** The signals that mean that the process is to end. */
const SIGNALS: readonly HeldSignal[] = ['SIGTERM', 'SIGINT'];

const isHeld = (event: unknown): event is HeldSignal => (SIGNALS as readonly unknown[]).includes(event);

type Emit = (this: unknown, type: string | symbol, ...args: unknown[]) => boolean;

/** A signal that has come. */
export interface Arrival {
  readonly signal: HeldSignal;
  /** Does the program listen for it? */
  readonly isHeard: boolean;
  /** Calls the program's listeners as Node would have; where there are none the process dies of the signal. */
  deliver(): boolean;
}

/**
 * Stands between Node and whoever listens for SIGTERM and SIGINT. Node delivers a signal by `process.emit()`: so the
 * listeners stay in their lists, whatever others do with these, and are called a little later.
 *
 * While it does not watch, a signal that nobody listens for has its own effect; while it does, it comes to the gate.
 */
export class SignalGate {
  readonly #keeps: (arrival: Arrival) => boolean;
  readonly #emit = process.emit as Emit;
  #watching = false;

  /** @param keeps - takes what has come, to deliver it later; false: it goes through at once */
  constructor(keeps: (arrival: Arrival) => boolean) {
    this.#keeps = keeps;
    this.#stand();
    for (const signal of SIGNALS) bindAgain(signal);
  }

  catches(signal: string): boolean {
    return this.#watching && isHeld(signal);
  }

  watch(): void {
    this.#watching = true;
    for (const signal of SIGNALS) catchSignal(signal);
  }

  unwatch(): void {
    if (!this.#watching) return;
    this.#watching = false;
    for (const signal of SIGNALS) releaseSignal(signal);
  }

  /** Where others have wrapped `process.emit` before or after, they are called as ever. */
  #stand(): void {
    const gate = this;
    const { emit } = {
      emit(this: unknown, type: string | symbol, ...args: unknown[]): boolean {
        if (this === process && isHeld(type)) return gate.#arrived(type, args);
        const heard = Reflect.apply(gate.#emit, this, [type, ...args]);
        // With the last listener of a signal Node stops catching it.
        if (type === 'removeListener' && gate.#watching && isHeld(args[0])) catchSignal(args[0]);
        return heard;
      },
    };
    Object.defineProperty(process, 'emit', { value: emit, writable: true, configurable: true });
  }

  #arrived(signal: HeldSignal, args: unknown[]): boolean {
    const pass = () => Reflect.apply(this.#emit, process, [signal, ...args]);
    const deliver = () => {
      this.unwatch();
      return isAnybodyThere(signal) ? pass() : dieOf(signal);
    };
    const isHeard = listenersFor(signal).shown.length > 0;
    if (!this.#keeps({ signal, isHeard, deliver })) return this.#watching ? deliver() : pass();
    callHidden(signal, args);
    return isHeard;
  }
}

function isAnybodyThere(signal: HeldSignal): boolean {
  const { hidden, shown } = listenersFor(signal);
  return hidden.length + shown.length > 0;
}

/**
 * Node binds the `process.emit` that there is when the first listener of a signal comes: those that were there before
 * us would be called past the gate.
 */
function bindAgain(signal: HeldSignal): void {
  const listeners = process.rawListeners(signal) as (() => void)[];
  for (const listener of listeners) process.off(signal, listener);
  for (const listener of listeners) process.on(signal, listener);
}

/**
 * The process ends as it would have without us, so that its parent sees by what. Process 1 of a container cannot be
 * killed by itself: it exits with the code that a shell gives for the signal.
 */
function dieOf(signal: HeldSignal): never {
  releaseSignal(signal);
  process.kill(process.pid, signal);
  process.exit(128 + (signalNumbers()[signal] ?? 0));
}
