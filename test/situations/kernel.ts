import { get, post } from '../support/client/requests.js';
import { isTls, type Situation } from '../support/situation.js';
import { check, pause, type World } from '../support/world.js';

const unread = 'a request whose bytes lie unread in the kernel when draining begins';
const queue = 'connections in the accept queue when draining begins';

/** More than Node reads ahead of a handler that does not read. */
const BODY = 500_000;

/**
 * Clients that connect, and send where they can, while the server's loop stands still; all must be answered. They
 * read only after all of them were accepted: woken at each answer, they would take the server's turns on a busy
 * machine, where it accepts one connection a turn.
 */
async function servesQueue(world: World, count: number): Promise<void> {
  await world.subject.holdThenBegin();
  const plain = !isTls(world.kind);
  const clients = await Promise.all(
    Array.from({ length: count }, () => world.connect({ unsecured: true, paused: plain })),
  );
  for (const client of clients) void client.write(get('/fast')).catch(() => {});
  await pause(20);
  const accepted = world.subject.ask(`accepted ${count}`);
  world.subject.release();
  await accepted;
  for (const client of clients) client.resume();
  const outcomes = await Promise.allSettled(clients.map((client) => client.answer()));
  const served = outcomes.filter((outcome) => outcome.status === 'fulfilled').length;
  const first = outcomes.find((outcome) => outcome.status === 'rejected');
  check(served === count, `${served} of ${count} were served; ${first?.reason.message}`);
}

export const kernelSituations: readonly Situation[] = [
  {
    name: 'serves a request that lies unread in the kernel',
    row: unread,
    protocol: 'http1',
    run: async (world) => {
      const client = await world.kept();
      await world.subject.holdThenBegin();
      await client.write(get('/fast'));
      world.subject.release();
      await client.answer();
    },
  },
  {
    name: 'serves a request whose first half lies unread in the kernel',
    row: unread,
    protocol: 'http1',
    run: async (world) => {
      const client = await world.kept();
      await world.subject.holdThenBegin();
      await client.write(get('/fast').slice(0, -4));
      world.subject.release();
      await pause(100);
      await client.write('\r\n\r\n');
      await client.answer();
    },
  },
  {
    name: 'serves an upload whose beginning lies unread in the kernel',
    row: unread,
    protocol: 'http1',
    run: async (world) => {
      const client = await world.kept();
      await world.subject.holdThenBegin();
      await client.write(post('/upload', 200_000) + 'a'.repeat(100_000));
      world.subject.release();
      await pause(100);
      await client.write('b'.repeat(100_000));
      const answer = await client.answer();
      check(answer.body.includes('"bytes":200000'), `the server read ${answer.body}`);
    },
  },
  {
    name: 'serves a request that lies in the kernel behind a body that nobody reads',
    row: unread,
    protocol: 'http1',
    run: async (world) => {
      const client = await world.connect();
      await client.write(post('/head-first', BODY) + 'a'.repeat(BODY) + get('/fast'));
      await world.subject.entered('/head-first');
      await world.subject.begin();
      await world.subject.open('default');
      await client.answer();
      await client.answer();
    },
  },
  {
    name: 'serves 20 of 20 connections in the accept queue',
    row: queue,
    protocol: 'http1',
    setup: { drain: { deadlineMs: 10_000 } },
    run: (world) => servesQueue(world, 20),
  },
  {
    name: 'serves 500 of 500 connections in the accept queue',
    row: queue,
    protocol: 'http1',
    // As many handshakes at once would measure the client.
    only: (kind) => !isTls(kind),
    setup: { drain: { deadlineMs: 40_000 } },
    run: (world) => servesQueue(world, 500),
  },
];
