import type { Library } from '../../test/support/subject/library.js';

/** Fastify's own close(), told to destroy connections at once. */
export const library: Library = {
  name: 'fastify.close(), forceCloseConnections',
  features: [],
  fastifyOptions: { forceCloseConnections: true },
  attach: ({ fastify }) => ({ begin: () => fastify?.close() }),
};
