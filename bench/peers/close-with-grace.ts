import type { Library } from '../../test/support/subject/library.js';
import { bySignal, load } from './helpers.js';

type CloseWithGrace = (options: { delay: number; logger: false }, close: () => Promise<void>) => unknown;

/** Its documented use with Fastify: begun by a signal, it ends the process, with 1 if the delay ran out. */
export const library: Library = {
  name: 'close-with-grace with fastify.close()',
  features: [],
  attach({ fastify, setup }) {
    const { begin, over } = bySignal();
    load<CloseWithGrace>('close-with-grace')({ delay: setup.drain.deadlineMs, logger: false }, async () => {
      await fastify?.close();
      await over();
    });
    return { begin };
  },
};
