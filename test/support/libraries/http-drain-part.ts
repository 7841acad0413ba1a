import { createDrain } from '@http-drain/core';
import type { Library } from '../subject/library.js';
import { attachDrain } from './http-drain.js';
import { features } from './http-drain-features.js';

/** The server is that of a part, which is drained by the shutdown() of the whole; the report is the whole's. */
export const library: Library = {
  name: 'http-drain, a part',
  features,
  attach(host) {
    const whole = createDrain(host.setup.drain);
    const part = whole.part({ close: { name: 'fastify.close', fn: () => {} }, accept: () => false });
    const attached = attachDrain(host, part);
    const begin = () => {
      if (host.setup.trackLate) part.track(host.server);
      return whole.shutdown();
    };
    return { ...attached, begin, phase: () => whole.phase, snapshot: () => whole.snapshot() };
  },
};
