import type { Answer } from '../support/client/answers.js';
import type { Client } from '../support/client/client.js';
import { get } from '../support/client/requests.js';
import type { Situation } from '../support/situation.js';
import { check, type World } from '../support/world.js';

const row = 'a request in flight';
/** How soon after its last answer a connection must be closed. */
const SOON_MS = 1_000;

const says = (answer: Answer): string => answer.headers.get('connection') ?? 'nothing';

async function closesSoon(client: Client): Promise<void> {
  const since = performance.now();
  const ending = await client.ended();
  const ms = Math.round((client.endedAt ?? 0) - since);
  check(ending === 'fin', 'the connection was reset after the answer');
  check(ms < SOON_MS, `the connection was closed ${ms} ms after the answer`);
}

/** Plays one request that is in flight when draining begins, up to its answer. */
async function finishes(world: World, path: string): Promise<{ client: Client; answer: Answer }> {
  const client = await world.asking(path);
  await world.subject.begin();
  check(!world.subject.resolvedYet, 'the shutdown resolved with a request in flight');
  await world.subject.open('default');
  const answer = await client.answer();
  return { client, answer };
}

/** Three requests sent at once; those with a gate are in flight when draining begins. */
async function pipeline(world: World, paths: readonly [string, string, string]): Promise<Client> {
  const client = await world.connect();
  await client.write(paths.map((path) => get(path)).join(''));
  await world.subject.entered('/gated', paths.filter((path) => path.startsWith('/gated')).length);
  await world.subject.begin();
  for (const gate of ['a', 'b']) await world.subject.open(gate);
  return client;
}

export const inFlightSituations: readonly Situation[] = [
  {
    name: 'finishes a request in flight',
    row,
    protocol: 'http1',
    run: async (world) => {
      const { answer } = await finishes(world, '/gated');
      check(answer.status === 200, `the answer has status ${answer.status}`);
    },
  },
  {
    name: 'closes the connection right after the answer to a request in flight',
    row,
    protocol: 'http1',
    run: async (world) => closesSoon((await finishes(world, '/gated')).client),
  },
  {
    name: 'says Connection: close in the answer to a request in flight',
    row,
    protocol: 'http1',
    run: async (world) => {
      const { answer } = await finishes(world, '/gated');
      check(says(answer) === 'close', `the answer says Connection: ${says(answer)}`);
    },
  },
  {
    name: 'says Connection: close where the application itself set keep-alive',
    row,
    protocol: 'http1',
    run: async (world) => {
      const { answer } = await finishes(world, '/gated-keep-alive');
      check(says(answer) === 'close', `the answer says Connection: ${says(answer)}`);
    },
  },
  {
    name: 'closes the connection after an answer whose head had already said keep-alive',
    row,
    protocol: 'http1',
    run: async (world) => {
      const client = await world.asking('/head-first');
      await client.head();
      await world.subject.begin();
      await world.subject.open('default');
      const answer = await client.answer();
      check(answer.body.toString() === '1234567890', `the body is ${answer.body}`);
      await closesSoon(client);
    },
  },
  {
    name: 'finishes a chunked answer that was half sent',
    row,
    protocol: 'http1',
    run: async (world) => {
      const client = await world.asking('/chunked');
      await client.head();
      await world.subject.begin();
      await world.subject.open('default');
      const answer = await client.answer();
      check(answer.body.toString() === 'first last', `the body is ${answer.body}`);
      await closesSoon(client);
    },
  },
  {
    name: 'finishes fifty requests in flight',
    row,
    protocol: 'http1',
    run: async (world) => {
      const clients = await Promise.all(Array.from({ length: 50 }, () => world.asking('/gated')));
      await world.subject.entered('/gated', 50);
      await world.subject.begin();
      await world.subject.open('default');
      await Promise.all(clients.map((client) => client.answer()));
      await Promise.all(clients.map(closesSoon));
      const { report } = await world.ended();
      const counts = JSON.stringify(report?.requests);
      check((report?.requests.inFlightAtStart ?? 50) === 50, `the report counts ${counts}`);
      check((report?.requests.completed ?? 50) >= 50, `the report counts ${counts}`);
    },
  },
  {
    name: 'answers pipelined requests, the middle one slow',
    row: 'pipelined requests',
    protocol: 'http1',
    run: async (world) => {
      const client = await pipeline(world, ['/fast', '/gated?gate=a', '/fast']);
      const [, second] = await client.answers(2);
      if (second !== undefined && says(second) !== 'close') await client.answer();
      await closesSoon(client);
    },
  },
  {
    name: 'says Connection: close in the last of the pipelined answers',
    row: 'pipelined requests',
    protocol: 'http1',
    run: async (world) => {
      const client = await pipeline(world, ['/fast', '/gated?gate=a', '/gated?gate=b']);
      const [, second] = await client.answers(2);
      const last = second !== undefined && says(second) === 'close' ? second : await client.answer();
      check(says(last) === 'close', `the last answer says Connection: ${says(last)}`);
      await closesSoon(client);
    },
  },
];
