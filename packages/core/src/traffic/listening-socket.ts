import type { Server as HttpServer } from 'node:http';
import net from 'node:net';
import {
  closeListeningSocket,
  closeOfOthers,
  holdOffClose,
  replaceCloseIdle,
  shadowClose,
} from '../node/closing.js';
import type { Foreign } from '../node/foreign.js';
import { stopTimeoutChecks } from '../node/internals.js';
import { clearTimeout, nextTick, setTimeout, type Timer } from '../node/timers.js';

type Callback = (error?: Error) => void;

/** What the owner of a server asks for while it is guarded, and Node would do at once, whatever still flows. */
export interface Owner {
  /** He has closed it, and waits until its last connection is gone. */
  awaitsClose(): void;
  closesIdle(): void;
}

/** Somebody's own `close()` may take so long, once the last connection has closed, to close what it is about. */
const OTHERS_MS = 1_000;

/**
 * The listening socket of a server: where it listens, and how it stops.
 *
 * `http.Server.close()` would also cut answers that are still being flushed, and switch the header and request timeouts
 * off; so it is net's own that closes. Where somebody has put a `close()` of theirs on the server, that is called, with
 * what does harm held off; and it is there afterwards.
 */
export class ListeningSocket {
  readonly #server: net.Server;
  readonly #foreign: Foreign;
  /** From 'listening' to 'close', which Node emits once the last socket of the server has closed. */
  open: boolean;
  /** Takes off what is on the server while it stops. */
  readonly #undo: (() => void)[] = [];
  /** Takes {@link guardClose} back. */
  #unguard: (() => void) | undefined;
  #unguardIdle: (() => void) | undefined;
  /** Ends what holds off the rest of `close()`. */
  #letThrough: (() => void) | undefined;
  /** Where it listened, once nothing can be asked any more. */
  #lastAddress: string | undefined;
  /** It is closed by somebody's own `close()`, in its time. */
  #byOthers = false;
  #patience: Timer | undefined;

  constructor(server: net.Server, foreign: Foreign) {
    this.#server = server;
    this.#foreign = foreign;
    this.open = server.listening;
  }

  get address(): string {
    return this.#lastAddress ?? addressOf(this.#server);
  }

  /**
   * A drain begins, or is about to: `close()`, whoever calls it from now on, closes the listening socket, as it says, and
   * nothing besides. Its connections, and those that `closeIdleConnections()` is to close, are the drain's to close.
   */
  guardClose(owner: Owner): void {
    const server = this.#server;
    this.#unguardIdle ??= replaceCloseIdle(server, () => owner.closesIdle());
    if (this.#undo.length > 0 || this.#unguard || !server.listening) return;
    const listeners = server.listenerCount('close');
    // With a callback, or by the event, which may come to be waited for right after the call.
    const look = () => nextTick(() => this.#isAwaited(listeners) && owner.awaitsClose());
    this.#unguard = shadowClose(server, (close) => (...args) => {
      this.#letThrough ??= holdOffClose(server, look);
      try {
        return close.apply(server, args);
      } finally {
        look();
        // One of theirs may come to it later.
        if (!server.listening) this.#endHoldingOff();
      }
    });
  }

  #isAwaited(listenersBefore: number): boolean {
    const isClosing = this.open && !this.#server.listening && this.#undo.length === 0;
    return isClosing && this.#server.listenerCount('close') > listenersBefore;
  }

  /** Stops listening. */
  stop(): void {
    // Called once more, it has waited long enough for others; or its owner has let it listen again.
    if (this.#undo.length > 0) {
      if (this.#server.listening) this.#close();
      return;
    }
    this.#endGuard();
    const { listening } = this.#server;
    const theirs = listening && this.#foreign.call('close() of a server', () => closeOfOthers(this.#server));
    this.#undo.push(shadowClose(this.#server, () => this.#answerClose));
    if (theirs) this.#callTheirs(theirs);
    if (this.#server.listening && !this.#byOthers) this.#close();
  }

  /** The last connection has closed. */
  emptied(): void {
    if (this.#byOthers) this.#patience ??= setTimeout(() => this.#close(), OTHERS_MS);
  }

  /** The server has closed: its listening socket and its connections. */
  closed(): void {
    this.open = false;
    stopTimeoutChecks(this.#server);
    if (this.giveBack()) closeOnceMore(this.#server);
  }

  /** Its `close()` is what it was. False if nothing was put in its place. */
  giveBack(): boolean {
    clearTimeout(this.#patience);
    this.#byOthers = false;
    this.#lastAddress = undefined;
    this.#endGuard();
    this.#endHoldingOff();
    const undo = this.#undo.splice(0);
    for (const end of undo) end();
    // What was put over it is off by now.
    this.#unguardIdle?.();
    this.#unguardIdle = undefined;
    return undo.length > 0;
  }

  #endGuard(): void {
    this.#unguard?.();
    this.#unguard = undefined;
  }

  #endHoldingOff(): void {
    this.#letThrough?.();
    this.#letThrough = undefined;
  }

  #close(): void {
    this.#byOthers = false;
    this.#foreign.call('the end of listening', () => {
      if (this.#server.listening) net.Server.prototype.close.call(this.#server);
    });
  }

  #callTheirs(theirs: net.Server['close']): void {
    this.#letThrough ??= holdOffClose(this.#server);
    this.#lastAddress = this.address;
    this.#byOthers = true;
    const failed = (error: unknown) => {
      this.#foreign.call('close() of a server', () => {
        throw error;
      });
      this.#close();
    };
    try {
      const result: unknown = theirs.call(this.#server, () => {});
      if (result instanceof Promise) result.catch(failed);
    } catch (error) {
      failed(error);
    }
    this.#byOthers &&= this.#server.listening && closeListeningSocket(this.#server);
  }

  /** What `close()` does for others while we close it: it calls back once that is done. */
  readonly #answerClose = (callback?: Callback): net.Server => {
    const server = this.#server;
    if (!this.open) net.Server.prototype.close.call(server, callback);
    else if (typeof callback === 'function') server.once('close', () => callback());
    return server;
  };
}

/**
 * The program that calls `close()` on a server that we have closed is called back without an error, the first time: it
 * cannot know that it comes too late.
 */
function closeOnceMore(server: net.Server): void {
  if (Object.hasOwn(server, 'close')) return;
  const undo = shadowClose(server, (close) => (callback?: Callback) => {
    undo();
    if (server.listening || typeof callback !== 'function') return close.call(server, callback);
    (server as Partial<HttpServer>).closeIdleConnections?.(); // as Node's does; others may have put theirs there
    nextTick(() => callback());
    return server;
  });
}

/** Where it listens, by net's own `address()`: others may have put one there that throws, or gives something else. */
export function addressOf(server: net.Server): string {
  const found = net.Server.prototype.address.call(server);
  if (found === null) return 'not listening';
  if (typeof found === 'string') return found;
  const { address, family, port } = found;
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}
