import { isRefused } from '../support/client/client.js';
import { get, post } from '../support/client/requests.js';
import type { Situation } from '../support/situation.js';
import { check, type World } from '../support/world.js';

const row = 'the lame duck';
const needs = ['lameDuck'] as const;
const LAME_DUCK_MS = 400;
const setup = { drain: { deadlineMs: 4_000, lameDuckMs: LAME_DUCK_MS } };
/** Long enough for a busy machine, and over as soon as nothing comes any more. */
const unhurried = { drain: { deadlineMs: 6_000, lameDuckMs: 2_000, quietMs: 300 } };
const lateRow = 'late requests';

async function statusOf(world: World, path: string): Promise<number> {
  const client = await world.connect();
  await client.write(get(path));
  return (await client.answer()).status;
}

export const lameDuckSituations: readonly Situation[] = [
  {
    name: 'answers readiness 503 at once in the lame duck',
    row,
    protocol: 'http1',
    needs: ['lameDuck', 'readiness'],
    setup: unhurried,
    run: async (world) => {
      const before = await statusOf(world, '/readyz');
      check(before === 200, `readiness was ${before} while serving`);
      await world.subject.begin();
      const after = await statusOf(world, '/readyz');
      check(after === 503, `readiness is ${after} in the lame duck`);
    },
  },
  {
    name: 'serves requests and new connections in the lame duck, saying Connection: close',
    row,
    protocol: 'http1',
    needs,
    setup: unhurried,
    run: async (world) => {
      const kept = await world.kept();
      await world.subject.begin();
      for (const client of [kept, await world.connect()]) {
        await client.write(get('/fast'));
        const answer = await client.answer();
        check(answer.status === 200, `the answer has status ${answer.status}`);
        check(answer.headers.get('connection') === 'close', 'the answer does not say Connection: close');
        check((await client.ended()) === 'fin', 'the connection was reset');
      }
    },
  },
  {
    name: 'leaves idle connections alone in the lame duck and closes them at its end',
    row,
    protocol: 'http1',
    needs,
    setup,
    run: async (world) => {
      const idle = await world.kept();
      const since = performance.now();
      await world.subject.begin();
      await idle.ended();
      const ms = Math.round((idle.endedAt ?? 0) - since);
      check(ms >= LAME_DUCK_MS - 50, `the idle connection was closed after ${ms} ms`);
      check(ms < LAME_DUCK_MS + 1_000, `the idle connection was closed after ${ms} ms`);
    },
  },
  {
    name: 'lets event streams run on in the lame duck',
    row,
    protocol: 'http1',
    needs: ['lameDuck', 'signal'],
    setup,
    run: async (world) => {
      const client = await world.connect();
      await client.write(get('/events'));
      await client.head();
      const since = performance.now();
      await world.subject.begin();
      await client.answer();
      const ms = Math.round(performance.now() - since);
      check(ms >= LAME_DUCK_MS - 50, `the events ended after ${ms} ms`);
    },
  },
  {
    name: 'ends the lame duck early once quietMs have passed in quiet',
    row,
    protocol: 'http1',
    needs: ['lameDuck', 'quiet'],
    setup: { drain: { deadlineMs: 9_000, lameDuckMs: 6_000, quietMs: 150 } },
    run: async (world) => {
      await world.subject.holdThenBegin();
      const client = await world.connect({ unsecured: true });
      const sent = client.write(get('/fast'));
      world.subject.release();
      await sent;
      await client.answer();
      const { tookMs } = await world.drained(3_000);
      check(tookMs >= 150, `the lame duck ended after ${Math.round(tookMs)} ms`);
      check(await isRefused(world.target), 'a new connection was accepted after the end');
    },
  },
  {
    name: 'serves a late request, and says Connection: close',
    row: lateRow,
    protocol: 'http1',
    run: async (world) => {
      const client = await world.connect();
      await world.accepted(1);
      await world.subject.begin();
      await client.write(get('/fast'));
      const answer = await client.answer();
      check(answer.status === 200, `the answer has status ${answer.status}`);
      check(answer.headers.get('connection') === 'close', 'the answer does not say Connection: close');
      const { report } = await world.ended();
      check((report?.requests.late ?? 1) === 1, `the report counts ${JSON.stringify(report?.requests)}`);
    },
  },
  {
    name: 'rejects late requests where told to, with 503, Retry-After and Connection: close',
    row: lateRow,
    protocol: 'http1',
    needs: ['lateRequests'],
    setup: { drain: { deadlineMs: 3_000, lateRequests: 'reject' } },
    run: async (world) => {
      const client = await world.connect();
      await world.accepted(1);
      await world.subject.begin();
      await client.write(post('/upload', 400_000));
      await client.write('x'.repeat(400_000));
      const answer = await client.answer();
      check(answer.status === 503, `the answer has status ${answer.status}`);
      check(answer.headers.has('retry-after'), 'the answer has no Retry-After');
      check(answer.headers.get('connection') === 'close', 'the answer does not say Connection: close');
      check((await client.ended()) === 'fin', 'the connection was reset');
      check(world.subject.timesEntered('/upload') === 0, 'the handler ran');
      const { report } = await world.ended();
      check(report?.requests.rejected === 1, `the report counts ${JSON.stringify(report?.requests)}`);
    },
  },
];
