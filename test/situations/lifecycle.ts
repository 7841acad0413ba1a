import { get } from '../support/client/requests.js';
import type { Kind, Situation } from '../support/situation.js';
import { check, pause, type World } from '../support/world.js';

const calls = 'two calls, three calls, a call during the call';
const unlistened = 'never listened; failed to listen; already closed';
const late = 'tracking starts late, with connections already open';
const IDLE_MS = 20;
const TRIALS = 5;

const onNode = (kind: Kind): boolean => kind.framework === 'node';

async function resolvesAtOnce(world: World): Promise<void> {
  await world.subject.begin();
  await world.drained(500);
}

export const lifecycleSituations: readonly Situation[] = [
  {
    name: 'drains an idle server in less than 20 ms',
    row: 'an idle server',
    protocol: 'any',
    run: async (world) => {
      // The best of some: the machine may be busy with something else.
      const times: number[] = [];
      for (let trial = 0; trial < TRIALS; trial++) {
        if (trial > 0) await world.restart();
        await world.subject.begin();
        times.push(Math.round((await world.drained()).tookMs * 10) / 10);
      }
      check(Math.min(...times) < IDLE_MS, `it took ${times.join(', ')} ms`);
    },
  },
  {
    name: 'makes one drain and one report of three calls',
    row: calls,
    protocol: 'http1',
    run: async (world) => {
      const client = await world.asking('/gated');
      await world.subject.begin(3);
      await world.subject.open('default');
      await client.answer();
      await world.ended();
    },
  },
  {
    name: 'resolves for a server that never listened',
    row: unlistened,
    protocol: 'any',
    setup: { state: 'never-listened' },
    run: resolvesAtOnce,
  },
  {
    name: 'resolves for a server that failed to listen',
    row: unlistened,
    protocol: 'any',
    only: onNode,
    setup: { state: 'failed-to-listen' },
    run: resolvesAtOnce,
  },
  {
    name: 'resolves for a server that was closed already',
    row: unlistened,
    protocol: 'any',
    setup: { state: 'already-closed' },
    run: resolvesAtOnce,
  },
  {
    name: 'drains connections that were open before tracking began',
    row: late,
    protocol: 'http1',
    only: onNode,
    needs: ['lateTracking'],
    setup: { trackLate: true },
    run: async (world) => {
      const idle = await world.kept();
      const busy = await world.asking('/gated');
      await world.subject.begin();
      check((await idle.ended()) === 'fin', 'the idle connection was reset');
      check(!world.subject.resolvedYet, 'the shutdown resolved with a request in flight');
      await world.subject.open('default');
      await busy.answer();
    },
  },
  {
    name: 'closes a server that begins to listen while draining',
    row: 'a server that listens while a drain is under way',
    protocol: 'http1',
    needs: ['closesNewServers'],
    warns: true,
    run: async (world) => {
      const client = await world.asking('/gated');
      await world.subject.begin();
      const became = await world.subject.ask<string>('listen another');
      check(became === 'closed', `the new server is ${became}`);
      await world.subject.open('default');
      await client.answer();
    },
  },
  {
    name: 'drains both bindings of localhost',
    row: 'every binding is drained',
    protocol: 'http1',
    only: (kind) => kind.framework === 'fastify',
    setup: { host: 'localhost' },
    run: async (world) => {
      const hosts = ['127.0.0.1', ...(world.subject.ports.length > 1 ? ['::1'] : [])];
      const clients = await Promise.all(hosts.map((host) => world.connect({}, host)));
      for (const client of clients) await client.write(get('/gated'));
      await world.subject.entered('/gated', clients.length);
      await world.subject.begin();
      await pause(100);
      await world.subject.open('default');
      for (const client of clients) {
        const answer = await client.answer();
        check(answer.headers.get('connection') === 'close', 'an answer does not say Connection: close');
        check((await client.ended()) === 'fin', 'a connection was reset');
      }
    },
  },
];
