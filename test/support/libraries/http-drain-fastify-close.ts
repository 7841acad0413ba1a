import type { Library } from '../subject/library.js';
import { attachDrain } from './http-drain.js';
import { features } from './http-drain-features.js';

/** http-drain in Fastify, begun by fastify.close(); the report is that of the same drain. */
export const library: Library = {
  name: 'http-drain through fastify.close()',
  features,
  async attach(host) {
    const { drain, attachment } = await attachDrain(host);
    return {
      ...attachment,
      begin: async () => {
        await host.fastify?.close();
        return drain.shutdown();
      },
    };
  },
};
