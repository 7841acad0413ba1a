import net from 'node:net';
import type { Foreign } from '../node/foreign.js';
import { stopTimeoutChecks } from '../node/internals.js';

/** The listening socket of a server: where it listens, and how it stops. */
export class ListeningSocket {
  readonly #server: net.Server;
  readonly #foreign: Foreign;
  /** From 'listening' to 'close', which Node emits once the last socket of the server has closed. */
  open: boolean;

  constructor(server: net.Server, foreign: Foreign) {
    this.#server = server;
    this.#foreign = foreign;
    this.open = server.listening;
  }

  get address(): string {
    return addressOf(this.#server);
  }

  /**
   * Closes the listening socket, and nothing else. `http.Server.close()` would also cut answers that are still being
   * flushed, and switch the header and request timeouts off; so until it has closed, close() is net's own for
   * everybody, frameworks that close one binding after another included.
   */
  stop(): void {
    const close = net.Server.prototype.close;
    // Where it cannot be put there, the server is closed all the same.
    Reflect.set(this.#server, 'close', close);
    this.#foreign.call('the end of listening', () => this.#server.listening && close.call(this.#server));
  }

  /** Its last connection has closed, too. */
  closed(): void {
    this.open = false;
    stopTimeoutChecks(this.#server);
    this.giveBack();
  }

  /** Its close() is its own again. */
  giveBack(): void {
    Reflect.deleteProperty(this.#server, 'close');
  }
}

/** Where it listens, by net's own `address()`: others may have put one there that throws, or gives something else. */
export function addressOf(server: net.Server): string {
  const found = net.Server.prototype.address.call(server);
  if (found === null) return 'not listening';
  if (typeof found === 'string') return found;
  const { address, family, port } = found;
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}
