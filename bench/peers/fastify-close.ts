import type { Library } from '../../test/support/subject/library.js';

/** Fastify's own close(), as it comes. It has no deadline. */
export const library: Library = {
  name: 'fastify.close()',
  features: [],
  attach: ({ fastify }) => ({ begin: () => fastify?.close() }),
};
