import { type Drain, handsErrorToCaller } from '@http-drain/core';
import type { FastifyInstance } from 'fastify';
import { bySymbol } from './by-symbol.js';

type Listen = (...args: unknown[]) => unknown;

/**
 * The `listen()` of a Fastify application that is drained while it is under way: Fastify goes on with it then, and must
 * be able to.
 */
export class Listening {
  readonly #root: FastifyInstance;
  readonly #drain: Drain;
  #underWay: Promise<unknown> | undefined;
  #called = false;

  /** @param closed - what Fastify's own close has come to, once it has begun */
  constructor(root: FastifyInstance, drain: Drain, closed: () => Promise<unknown> | undefined) {
    this.#root = root;
    this.#drain = drain;
    const listen = root.listen as unknown as Listen;
    (root as { listen: unknown }).listen = (...args: unknown[]) => {
      const closing = closed();
      if (closing && typeof args.at(-1) !== 'function') return this.#refuse(closing);
      this.#called = true;
      return this.#watch(listen.apply(root, args));
    };
    // Before Fastify hears of it.
    root.server.prependListener('listening', () => drain.ready || this.#keepAddress());
  }

  /** Does the application close its server? One that it was given, and was not asked to listen with, is its giver's. */
  get ownsServer(): boolean {
    const options = bySymbol<{ serverFactory?: unknown }>(this.#root, 'fastify.options');
    return this.#called || options?.serverFactory === undefined;
  }

  /** Has `listen()` been called, and not come to its end? */
  get isUnderWay(): boolean {
    return this.#underWay !== undefined;
  }

  /** Draining has begun. */
  holdDrain(): void {
    if (this.#underWay) this.#drain.waitUntil(this.#underWay, 'fastify.listen()');
    if (this.#root.server.listening && this.#looksUpOthers) this.#keepAddress();
  }

  #watch(result: unknown): unknown {
    if (!(result instanceof Promise)) return result;
    const isOver = handsErrorToCaller(this.#root.server);
    const settle = () => {
      isOver();
      if (this.#underWay === settled) this.#underWay = undefined;
    };
    const settled: Promise<void> = result.then(settle, settle);
    this.#underWay = settled;
    if (this.#drain.signal.aborted) this.#drain.waitUntil(settled, 'fastify.listen()');
    return result;
  }

  /** Fastify says the same, but only where the server has listened before it was closed. */
  async #refuse(closing: Promise<unknown>): Promise<never> {
    await closing.catch(() => {});
    await this.#root.inject('/');
    throw new Error('Fastify has already been closed and cannot be reopened');
  }

  /** For `localhost` Fastify looks for other addresses once its server listens, and does not call it listening then. */
  get #looksUpOthers(): boolean {
    return bySymbol<{ listening?: boolean }>(this.#root, 'fastify.state')?.listening === false;
  }

  /** It asks the server for its address when it has found them, and would throw where that is closed by then. */
  #keepAddress(): void {
    const { server } = this.#root;
    const own = Object.getOwnPropertyDescriptor(server, 'address');
    const real = server.address;
    const last = server.address();
    server.address = () => {
      const address = real.call(server);
      if (address !== null || this.#looksUpOthers) return address ?? last;
      if (own) Object.defineProperty(server, 'address', own);
      else delete (server as { address?: unknown }).address;
      return null;
    };
  }
}
