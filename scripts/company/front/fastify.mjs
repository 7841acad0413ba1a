/** Registers the plugin in each Fastify instance that a test makes. */
import { join } from 'node:path';
import gracefulPlugin from '@http-drain/fastify';
import fastifyPlugin from 'fastify-plugin';
import { onEach } from './on-each.mjs';

const { searchParams } = new URL(import.meta.url);
const nothing = fastifyPlugin(async () => {}, { name: '@http-drain/fastify' });

onEach(join(searchParams.get('root'), 'fastify.js'), (fastify) => {
  if (searchParams.has('idle')) fastify.register(nothing);
  else fastify.register(gracefulPlugin);
});
