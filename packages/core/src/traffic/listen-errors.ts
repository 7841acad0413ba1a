import type { Server } from 'node:net';

interface Failure {
  readonly server: WeakRef<Server>;
  readonly handlers: readonly unknown[];
  readonly error: Error;
}

/** Who hears of a failure to listen, beside us. */
export type ListenErrorTaker = 'program' | 'caller' | 'nobody';

/** The servers whose framework listens for 'error', to tell whoever has called its `listen()`. */
const ofFrameworks = new WeakSet<Server>();

/**
 * For adapters: until the function that it returns is called, one listener for 'error' on this server is the
 * framework's, which tells whoever has called its `listen()`.
 */
export function handsErrorToCaller(server: Server): () => void {
  ofFrameworks.add(server);
  return () => ofFrameworks.delete(server);
}

/** To be asked before the listeners for 'error' are called: those that listen once are gone then. */
export function takerOf(server: Server): ListenErrorTaker {
  const callbacks = server.listeners('listening');
  const listeners = server.listeners('error');
  // One that hears of either is the callback of listen(), as Express hands it on; most look at no error.
  const others = listeners.filter((listener) => !callbacks.includes(listener as () => void)).length;
  if (others > (ofFrameworks.has(server) ? 1 : 0)) return 'program';
  return listeners.length > 0 ? 'caller' : 'nobody';
}

/** The failures to listen that have not been made good. */
export class ListenErrors {
  #failures: Failure[] = [];

  /** @param others - servers that listen, or are about to: they may be a second try */
  first(others: readonly Server[]): Error | undefined {
    const left = this.#failures.find((failure) => !others.some((server) => makesGood(server, failure)));
    return left?.error;
  }

  failed(server: Server, error: Error): void {
    this.listening(server);
    this.#failures.push({ server: new WeakRef(server), handlers: server.listeners('request'), error });
  }

  /** Makes good its own failure, and that of another server for the same handler: a second try, on another port. */
  listening(server: Server): void {
    this.#failures = this.#failures.filter((failure) => !makesGood(server, failure));
  }
}

function makesGood(server: Server, failure: Failure): boolean {
  const handlers: unknown[] = server.listeners('request');
  const sameHandler = failure.handlers.some((handler) => handlers.includes(handler));
  return sameHandler || failure.server.deref() === server;
}
