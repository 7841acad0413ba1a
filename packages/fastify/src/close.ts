import type { Drain } from '@http-drain/core';
import type { FastifyInstance } from 'fastify';
import { takePreCloseHooks } from './pre-close.js';

type Callback = (error?: Error) => void;
type Close = (callback?: Callback) => Promise<undefined>;

/**
 * The close of a Fastify application, which its drain runs once the last connection is closed, and which begins with
 * the drain. Left alone, Fastify would begin with answering 503 (`return503OnClosing`), and its server would cut
 * answers.
 */
export class Closing {
  readonly #root: FastifyInstance;
  readonly #closeFastify: Close;
  #closing: Promise<undefined> | undefined;

  constructor(fastify: FastifyInstance) {
    this.#root = rootOf(fastify);
    this.#closeFastify = this.#root.close.bind(this.#root) as unknown as Close;
  }

  /** Fastify's own close. */
  readonly now = (): Promise<undefined> => {
    this.#closing ??= this.#closeFastify();
    return this.#closing;
  };

  /** Makes `fastify.close()` shut the drain down. */
  beginsWith(drain: Drain): void {
    const root = this.#root;
    const onDraining = () => drain.waitUntil(takePreCloseHooks(root), "Fastify's preClose hooks");
    drain.signal.addEventListener('abort', onDraining, { once: true });
    (root as { close: unknown }).close = (callback?: Callback) => {
      const closed = this.#close(drain);
      if (callback === undefined) return closed;
      const callBack = () => this.#closeFastify(callback);
      void closed.then(callBack, callBack);
      return undefined;
    };
  }

  async #close(drain: Drain): Promise<undefined> {
    await drain.close();
    // The hook has begun it, unless the drain was over before it was there. If it hangs, the report says so.
    if (this.#closing) return Promise.race([this.#closing, undefined]);
    // In a hook: close() must not wait for the end of the drain, which waits for it.
    return isDrained(drain) ? this.now() : undefined;
  }
}

const isDrained = (drain: Drain): boolean =>
  drain.phase !== 'serving' && drain.inFlight === 0 && drain.snapshot().servers.every(({ probe }) => probe);

/** Encapsulated instances have their parent as prototype; the root is the one that has `close` itself. */
export function rootOf(fastify: FastifyInstance): FastifyInstance {
  let instance = fastify;
  while (!Object.hasOwn(instance, 'close')) instance = Object.getPrototypeOf(instance);
  return instance;
}
