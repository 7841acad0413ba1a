import { setImmediate } from 'node:timers';
import type { Ending } from '../model.js';
import type { Answer } from './answers.js';

/** A request as its client sees it. Times by performance.now(). */
export interface Asked {
  readonly id: string;
  /** Sent before the service was tried: not counted. */
  readonly warm: boolean;
  sentAt: number;
  /** When its last byte was handed to the kernel; undefined while we hold the rest. */
  allSentAt: number | undefined;
  /** The interim answer 100 came. */
  continued: boolean;
  firstByteAt: number | undefined;
  endedAt: number | undefined;
  answer: Answer | undefined;
  /** Of HTTP/2: its stream, and the code by which the service reset it. */
  streamId?: number | undefined;
  resetCode?: number | undefined;
}

/** One connection of a client's and what was asked on it, whatever the protocol. */
export interface Conversation {
  readonly asked: readonly Asked[];
  /** Requests without an end. */
  readonly pending: readonly Asked[];
  readonly openedAt: number;
  readonly connectedAt: number | undefined;
  readonly endedAt: number | undefined;
  /** It had been ended by the service at this time; `endedAt` is when we got to hear of it, with all the others. */
  readonly goneBy: number | undefined;
  readonly ending: Ending | undefined;
  /** ECONNRESET and the like; undefined after an orderly end. */
  readonly errorCode: string | undefined;
  /** Of the first packet and its answer, by which a race is judged. */
  readonly roundTripMs: number;
  readonly localPort: number | undefined;
  readonly open: boolean;
  /** Of HTTP/2: the last stream ids that GOAWAY frames named, in order. */
  readonly goaways?: readonly number[];
  /** Resolves when the condition holds; looked at again whenever something came. */
  until(condition: () => boolean): Promise<void>;
  /** Ends it by our own hand. */
  close(): void;
}

/** Those who wait for something to change. */
export class Waiters {
  readonly #waiting = new Set<() => void>();

  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      const look = () => {
        if (!condition()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }

  changed(): void {
    for (const look of [...this.#waiting]) look();
  }
}

let turn: number | undefined;

/**
 * A time at which all that this turn of the event loop brings had come, by performance.now(); to be asked for where a
 * socket brings something. Of many connections that end at once the last is heard of tens of milliseconds later.
 */
export function heardBy(): number {
  if (turn === undefined) {
    turn = performance.now();
    setImmediate(() => {
      turn = undefined;
    });
  }
  return turn;
}
