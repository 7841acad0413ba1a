import net from 'node:net';
import { stopTimeoutChecks } from '../node/internals.js';

/** The listening socket of a server: where it listens, and how it stops. */
export class ListeningSocket {
  readonly #server: net.Server;
  /** From 'listening' to 'close', which Node emits once the last socket of the server has closed. */
  open: boolean;

  constructor(server: net.Server) {
    this.#server = server;
    this.open = server.listening;
  }

  get address(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') return address ?? 'not listening';
    return address.family === 'IPv6'
      ? `[${address.address}]:${address.port}`
      : `${address.address}:${address.port}`;
  }

  /**
   * Closes the listening socket, and nothing else. `http.Server.close()` would also cut answers that are still being
   * flushed, and switch the header and request timeouts off; so until it has closed, close() is net's own for
   * everybody, frameworks that close one binding after another included.
   */
  stop(): void {
    const close = net.Server.prototype.close;
    (this.#server as { close: typeof close }).close = close;
    if (this.#server.listening) this.#server.close();
  }

  /** Its last connection has closed, too. */
  closed(): void {
    this.open = false;
    stopTimeoutChecks(this.#server);
    this.giveBack();
  }

  /** Its close() is its own again. */
  giveBack(): void {
    delete (this.#server as { close?: unknown }).close;
  }
}
