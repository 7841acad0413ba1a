import type { Drain, DrainOptions } from '@http-drain/core';
import { gracefulPlugin } from '@http-drain/fastify';
import type { Library } from '../subject/library.js';
import { attachDrain, probes } from './http-drain.js';
import { features } from './http-drain-features.js';

/** What is left of one situation must not count in the next one: the process drain has them all. */
const DEFAULTS: DrainOptions = {
  deadlineMs: 25_000,
  lameDuckMs: 0,
  quietMs: 0,
  cleanupMs: 5_000,
  lateRequests: 'serve',
  urls: 'path',
};

/** http-drain in Fastify, begun by fastify.close(), which drains that instance alone; the report is that of its drain. */
export const library: Library = {
  name: 'http-drain through fastify.close()',
  features,
  async attach(host) {
    const { fastify, setup } = host;
    await fastify?.register(gracefulPlugin as never, { ...DEFAULTS, ...setup.drain, ...probes } as never);
    const { drain } = fastify as unknown as { drain: Drain };
    return {
      ...attachDrain(host, drain),
      begin: async () => {
        await fastify?.close();
        return drain.shutdown();
      },
    };
  },
};
