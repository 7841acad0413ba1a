import type { Drain, DrainLogger } from '@http-drain/core';
import type { FastifyInstance } from 'fastify';
import { Listening } from './listening.js';
import { takePreCloseHooks } from './pre-close.js';

/** The afterDrain hook that closes Fastify. */
export const CLOSE_HOOK = 'fastify.close';

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
  #listening: Listening | undefined;

  constructor(fastify: FastifyInstance) {
    this.#root = rootOf(fastify);
    this.#closeFastify = this.#root.close.bind(this.#root) as unknown as Close;
  }

  /** Is the server closed by it? See {@link Listening.ownsServer}. */
  get closesServer(): boolean {
    return this.#listening?.ownsServer ?? true;
  }

  /** Fastify's own close. */
  readonly now = (): Promise<undefined> => {
    this.#closing ??= this.#closeFastify();
    return this.#closing;
  };

  /** Makes `fastify.close()` shut the drain down. */
  beginsWith(drain: Drain): void {
    const root = this.#root;
    const listening = new Listening(root, drain, () => this.#closing);
    this.#listening = listening;
    const onDraining = () => {
      drain.waitUntil(() => takePreCloseHooks(root), "Fastify's preClose hooks");
      listening.holdDrain();
    };
    drain.signal.addEventListener('abort', onDraining, { once: true });
    /** As without a drain: with preClose hooks, and refusing injected requests from now on. */
    const closeAlone = (): Promise<undefined> => {
      drain.signal.removeEventListener('abort', onDraining);
      return this.now();
    };
    (root as { close: unknown }).close = (callback?: Callback) => {
      const closed = this.#close(drain, closeAlone);
      if (callback === undefined) return closed;
      const callBack = () => this.#closeFastify(callback);
      void closed.then(callBack, callBack);
      return undefined;
    };
  }

  async #close(drain: Drain, closeAlone: () => Promise<undefined>): Promise<undefined> {
    // A drain of the user's own, which tracks the server all the same: it goes on.
    if (!this.closesServer && drain.ready && drain.snapshot().servers.length > 0) return closeAlone();
    if (isUnused(drain) && !this.#listening?.isUnderWay) {
      closeAlone().catch(() => {}); // it is awaited below
      drain.configure({ lameDuckMs: 0, quietMs: 0, logger: SILENT });
    }
    await drain.close();
    // The hook has begun it, unless the drain was over before it was there. If it hangs, the report says so.
    if (this.#closing) return Promise.race([this.#closing, undefined]);
    // In a hook: close() must not wait for the end of the drain, which waits for it.
    return isDrained(drain) ? this.now() : undefined;
  }
}

/** Where nothing is waited for, nothing is told. */
const SILENT: DrainLogger = { info() {}, warn() {} };

const isDrained = (drain: Drain): boolean =>
  drain.phase !== 'serving' && drain.inFlight === 0 && drain.snapshot().servers.every(({ probe }) => probe);

/** Nothing listens, nothing is under way, no hook waits for its turn: as in a test with `inject()`. */
function isUnused(drain: Drain): boolean {
  const { ready, inFlight, servers, hooks } = drain.snapshot();
  return ready && inFlight === 0 && servers.length === 0 && hooks.every((name) => name === CLOSE_HOOK);
}

/** Encapsulated instances have their parent as prototype; the root is the one that has `close` itself. */
export function rootOf(fastify: FastifyInstance): FastifyInstance {
  let instance = fastify;
  while (!Object.hasOwn(instance, 'close')) instance = Object.getPrototypeOf(instance);
  return instance;
}
