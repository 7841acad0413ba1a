import { Socket } from 'node:net';

/** A timer, as Node's. */
export interface Timer {
  /** Starts it anew. */
  refresh(): unknown;
  /** It keeps the process alive no longer. */
  unref(): unknown;
  /** Ends it. */
  close(): unknown;
}

export interface Timers {
  setTimeout(callback: () => void, ms: number): Timer;
  setInterval(callback: () => void, ms: number): Timer;
  setImmediate(callback: () => void): unknown;
}

/**
 * Timers made of what nobody fakes: a socket's own timeout, which keeps no process alive, and a port, which does. For
 * where the real ones are out of reach, as with the mock timers of `node:test` that were there before us.
 */
export const socketTimers: Timers = {
  setTimeout: (callback, ms) => new SocketTimer(callback, ms, false),
  setInterval: (callback, ms) => new SocketTimer(callback, ms, true),
  setImmediate: (callback) =>
    process.getBuiltinModule('node:timers/promises').scheduler.yield().then(callback),
};

class SocketTimer implements Timer {
  readonly #socket = new Socket();
  readonly #ms: number;
  #hold: { close(): void } | undefined;
  #unreferenced = false;

  constructor(callback: () => void, ms: number, repeats: boolean) {
    // A socket takes 0 for no timeout at all.
    this.#ms = Math.max(1, ms);
    this.#socket.on('timeout', () => {
      if (repeats) this.refresh();
      else this.#release();
      callback();
    });
    this.refresh();
  }

  refresh(): void {
    this.#socket.setTimeout(this.#ms);
    if (!this.#unreferenced) this.#hold ??= referenced();
  }

  unref(): this {
    this.#unreferenced = true;
    this.#release();
    return this;
  }

  close(): void {
    this.#socket.destroy();
    this.#release();
  }

  #release(): void {
    this.#hold?.close();
    this.#hold = undefined;
  }
}

function referenced(): { close(): void } {
  const { MessageChannel } = process.getBuiltinModule('node:worker_threads');
  const { port1 } = new MessageChannel();
  port1.ref();
  return port1;
}
