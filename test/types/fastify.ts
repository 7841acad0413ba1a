/** Types of the Fastify adapter, checked with Fastify 5 and, by older/tsconfig.json, with Fastify 4. */

/** Types of the Fastify adapter, checked with Fastify 5 and, by older/tsconfig.json, with Fastify 4. */
import defaultPlugin, {
  createDrain,
  type Drain,
  type DrainReport,
  type GracefulPluginOptions,
  gracefulPlugin,
  shutdown,
} from '@http-drain/fastify';
import Fastify, { type FastifyInstance } from 'fastify';
import { expectTypeOf } from 'vitest';

const fastify = Fastify();
fastify.register(gracefulPlugin);
fastify.register(gracefulPlugin, { readiness: '/readyz', deadlineMs: 10_000, drain: createDrain() });
fastify.register(defaultPlugin, { logger: fastify.log });
expectTypeOf(defaultPlugin).toEqualTypeOf(gracefulPlugin);
expectTypeOf<Parameters<typeof gracefulPlugin>[1]>().toEqualTypeOf<GracefulPluginOptions>();
// @ts-expect-error a probe's path is a string
fastify.register(gracefulPlugin, { readiness: true });
// @ts-expect-error there is no such option
fastify.register(gracefulPlugin, { timeout: 10 });

expectTypeOf(fastify.drain).toEqualTypeOf<Drain>();
expectTypeOf<FastifyInstance['drain']>().toEqualTypeOf<Drain>();
fastify.get('/', async function (request) {
  expectTypeOf(this.drain).toEqualTypeOf<Drain>();
  expectTypeOf(request.server.drain).toEqualTypeOf<Drain>();
});
expectTypeOf(shutdown()).toEqualTypeOf<Promise<DrainReport>>();
