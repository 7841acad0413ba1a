import type { Foreign } from '../node/foreign.js';
import { describeError } from './errors.js';

/** What the report calls a fault of the drain itself, which no guard nearer to it has caught. */
export const STEP = 'a step of the drain';

/** Something that threw where the drain called it. */
export interface Fault {
  /** What was called, as 'logger.warn' or 'close() of a WebSocket'. */
  what: string;
  /** Name and message of what it threw. */
  error: string;
}

/** Keeps what the code of others has thrown: of each kind, the first. */
export class Faults implements Foreign {
  readonly list: Fault[] = [];
  readonly #onFault: (fault: Fault) => void;

  /** @param onFault - called with each that is new; it must not throw */
  constructor(onFault: (fault: Fault) => void) {
    this.#onFault = onFault;
  }

  call<T>(what: string, fn: () => T): T | undefined {
    try {
      const result = fn();
      if (result instanceof Promise) result.catch((error) => this.add(what, error));
      return result;
    } catch (error) {
      this.add(what, error);
      return undefined;
    }
  }

  add(what: string, error: unknown): void {
    if (this.list.some((fault) => fault.what === what)) return;
    const fault = { what, error: describeError(error) };
    this.list.push(fault);
    this.#onFault(fault);
  }
}
