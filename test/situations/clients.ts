import { get, post } from '../support/client/requests.js';
import type { Situation } from '../support/situation.js';
import { check, type World } from '../support/world.js';

const gone = 'a client that goes away';
const hostile = 'a hostile client';
const short = { drain: { deadlineMs: 700 } };

async function requests(world: World, count: number) {
  const clients = await Promise.all(Array.from({ length: count }, () => world.connect()));
  for (const client of clients) await client.write(get('/gated'));
  await world.subject.entered('/gated', count);
  return clients;
}

export const clientSituations: readonly Situation[] = [
  {
    name: 'counts the request of a client out that goes away while draining',
    row: gone,
    protocol: 'http1',
    run: async (world) => {
      const [client] = await requests(world, 1);
      await world.subject.begin();
      client?.reset();
      const { report } = await world.drained();
      check((report?.requests.aborted ?? 1) === 1, `the report counts ${JSON.stringify(report?.requests)}`);
    },
  },
  {
    name: 'does not wait for requests of clients that went away before',
    row: gone,
    protocol: 'http1',
    run: async (world) => {
      for (const client of await requests(world, 50)) client.reset();
      while ((await world.subject.ask<number>('connections')) > 0) await world.subject.turns();
      await world.subject.begin();
      const { report } = await world.drained(1_000);
      const counted = report?.requests.inFlightAtStart ?? 0;
      check(counted === 0, `the report says that ${counted} requests were in flight`);
    },
  },
  {
    name: 'does not wait for a client that goes away in the middle of its upload',
    row: gone,
    protocol: 'http1',
    run: async (world) => {
      const client = await world.connect();
      await client.write(post('/upload', 1_000_000) + 'x'.repeat(50_000));
      await world.subject.entered('/upload');
      await world.subject.begin();
      client.reset();
      await world.drained();
    },
  },
  {
    name: 'is held by half a head that never ends until the deadline and no longer',
    row: hostile,
    protocol: 'http1',
    setup: short,
    run: async (world) => {
      const client = await world.connect();
      await client.write('GET /fast HTTP/1.1\r\nHost: test\r\nX-Slow: ');
      await world.accepted(1);
      await world.subject.begin();
      const dripping = setInterval(() => client.write('z').catch(() => {}), 50);
      await world.forced().finally(() => clearInterval(dripping));
    },
  },
  {
    name: 'is held by an upload that never ends until the deadline and no longer',
    row: hostile,
    protocol: 'http1',
    setup: short,
    run: async (world) => {
      const client = await world.connect();
      await client.write(post('/upload', 1_000_000));
      await world.subject.entered('/upload');
      await world.subject.begin();
      await world.forced();
    },
  },
];
