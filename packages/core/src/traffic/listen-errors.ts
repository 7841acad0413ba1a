import type { Server } from 'node:net';

interface Failure {
  readonly server: WeakRef<Server>;
  readonly handlers: readonly unknown[];
  readonly error: Error;
}

/** The failures to listen that have not been made good. */
export class ListenErrors {
  #failures: Failure[] = [];

  get first(): Error | undefined {
    return this.#failures[0]?.error;
  }

  failed(server: Server, error: Error): void {
    this.listening(server);
    this.#failures.push({ server: new WeakRef(server), handlers: server.listeners('request'), error });
  }

  /** Makes good its own failure, and that of another server for the same handler: a second try, on another port. */
  listening(server: Server): void {
    const handlers: unknown[] = server.listeners('request');
    this.#failures = this.#failures.filter((failure) => {
      const sameHandler = failure.handlers.some((handler) => handlers.includes(handler));
      return !sameHandler && failure.server.deref() !== server;
    });
  }
}
