import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { drill } from '../../packages/drill/dist/index.js';
import { buildExamples } from '../examples/build.js';
import { codesOf, conserves } from './sins/sins.js';

/** Dog food: each example that is an HTTP server is drilled, as its user would. Nothing may be lost. */

const folder = fileURLToPath(new URL('../../examples/', import.meta.url));

beforeAll(buildExamples, 300_000);

/** A port that a person wrote becomes a free one. */
const anyPort = new URL('../examples/any-port.mjs', import.meta.url).href;

/** Most show one thing, and readiness is another. */
const skip = ['D031'] as const;

test.each([
  ['express.mjs', {}],
  ['fastify.mjs', {}],
  ['http.mjs', {}],
  ['koa.mjs', {}],
  ['hono.mjs', {}],
  ['hapi.mjs', {}],
  ['trpc.mjs', { url: '/hello' }],
  ['apollo.mjs', { url: '/nothing' }],
  ['queue.mjs', {}],
  ['socket-io.mjs', {}],
  ['websockets.mjs', { ws: '/' }],
  ['events-express.mjs', { url: '/nothing', sse: '/' }],
  ['events-fastify.mjs', { url: '/nothing', sse: '/' }],
  ['cluster/worker.mjs', {}],
  ['kubernetes/server.mjs', {}],
  ['systemd/server.mjs', {}],
  ['dist/nest-express/main.js', {}],
  ['dist/nest-fastify/main.js', {}],
])(
  'examples/%s loses nothing',
  async (file, options) => {
    // As in production: Apollo leaves signals alone in a test.
    const program = [process.execPath, '--import', anyPort, `${folder}${file}`];
    const command = ['env', 'NODE_ENV=production', 'NODE_OPTIONS=', ...program];
    const drilled = await drill({ command, rounds: 1, clients: 8, skip, ...options });
    expect(drilled.failure).toBeNull();
    expect(codesOf(drilled), drilled.summary).toEqual([]);
    expect(conserves(drilled)).toBe(true);
  },
  120_000,
);
