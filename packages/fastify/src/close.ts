import { type Drain, processDrain } from '@http-drain/core';
import type { FastifyInstance } from 'fastify';
import { takePreCloseHooks } from './pre-close.js';

type Callback = (error?: Error) => void;
type Close = (callback?: Callback) => Promise<undefined>;

/**
 * Makes `fastify.close()` shut the drain down, and the drain close Fastify once its last connection is closed.
 * Left alone, Fastify would begin with answering 503 (`return503OnClosing`), and its server would cut answers.
 */
export function closeThroughDrain(fastify: FastifyInstance, drain: Drain): void {
  const root = rootOf(fastify);
  const closeFastify = root.close.bind(root) as unknown as Close;
  let closing: Promise<undefined> | undefined;
  const closeOnce = (): Promise<undefined> => {
    closing ??= closeFastify();
    return closing;
  };
  const takeBackHook = drain.afterDrain('fastify.close', closeOnce);

  const onDraining = () => drain.waitUntil(takePreCloseHooks(root), "Fastify's preClose hooks");
  drain.signal.addEventListener('abort', onDraining, { once: true });

  /** An instance that does not listen, as in a test with inject(), is not the one to end the process drain. */
  const closesAlone = () => drain === processDrain && drain.ready && !root.server.listening;

  /** Nothing is left to wait for: close() in an afterDrain hook must not wait for that very hook. */
  const isDrained = () =>
    !drain.ready && drain.inFlight === 0 && drain.snapshot().servers.every(({ probe }) => probe);

  const close = async (): Promise<undefined> => {
    if (closesAlone()) {
      takeBackHook();
      drain.signal.removeEventListener('abort', onDraining);
      return closeOnce();
    }
    if (isDrained()) return closeOnce();
    await drain.shutdown();
    // The hook has begun it, unless the drain was over before it was there. If it hangs, the report says so.
    return closing ? Promise.race([closing, undefined]) : closeOnce();
  };

  (root as { close: unknown }).close = (callback?: Callback) => {
    if (callback === undefined) return close();
    void close().then(
      () => closeFastify(callback),
      () => closeFastify(callback),
    );
    return undefined;
  };
}

/** Encapsulated instances have their parent as prototype; the root is the one that has `close` itself. */
function rootOf(fastify: FastifyInstance): FastifyInstance {
  let instance = fastify;
  while (!Object.hasOwn(instance, 'close')) instance = Object.getPrototypeOf(instance);
  return instance;
}
