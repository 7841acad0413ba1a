import type { Client } from '../support/client/client.js';
import { get, post, upload } from '../support/client/requests.js';
import type { Situation } from '../support/situation.js';
import { check, pause, type World } from '../support/world.js';

const early = 'a handler that answers early, with an upload still arriving';
const unread = 'a request body that the handler never reads';
const MEGABYTES = 8;
const BYTES = MEGABYTES * 1024 * 1024;
const REPEATS = Number(process.env.LINGER_REPEATS ?? 20);
const setup = { drain: { deadlineMs: 12_000 + 250 * REPEATS } };

/** A client that, as many do, reads nothing before it has sent its whole body. */
async function writeThenRead(client: Client, megabytes: number, status: number): Promise<void> {
  client.pause();
  await upload(client, megabytes);
  client.resume();
  const answer = await client.answer();
  check(answer.status === status, `the answer has status ${answer.status}`);
}

async function requestThatWaits(world: World, path: string): Promise<Client> {
  const client = await world.connect();
  await client.write(post(path, BYTES));
  return client;
}

export const lingerSituations: readonly Situation[] = [
  {
    name: `gets an early 401 to ${REPEATS} of ${REPEATS} clients that are still sending 8 MB`,
    row: early,
    protocol: 'http1',
    setup,
    run: async (world) => {
      const clients: Client[] = [];
      for (let i = 0; i < REPEATS; i++) {
        clients.push(await requestThatWaits(world, `/gated-refused?status=401&gate=${i}`));
      }
      await world.subject.entered('/gated-refused', REPEATS);
      await world.subject.begin();
      let served = 0;
      for (const [i, client] of clients.entries()) {
        await world.subject.open(`${i}`);
        await writeThenRead(client, MEGABYTES, 401).catch((error) => {
          throw new Error(`${served} of ${REPEATS} got their answer, then ${error.message}`);
        });
        served++;
      }
    },
  },
  {
    name: 'gets a 413 that was sent before draining began to a client that is still sending 8 MB',
    row: early,
    protocol: 'http1',
    setup,
    run: async (world) => {
      const client = await requestThatWaits(world, '/refused?status=413');
      client.pause();
      await upload(client, 1);
      await world.subject.entered('/refused');
      await world.subject.begin();
      await writeThenRead(client, MEGABYTES - 1, 413);
    },
  },
  {
    name: 'gets an answer to a client whose 8 MB of body nobody reads',
    row: unread,
    protocol: 'http1',
    setup,
    run: async (world) => {
      const client = await requestThatWaits(world, '/unread?gate=default');
      await world.subject.entered('/unread');
      await world.subject.begin();
      await world.subject.open('default');
      await writeThenRead(client, MEGABYTES, 200);
    },
  },
  {
    name: 'gets an answer to a client that asked for Connection: close and is still sending 8 MB',
    row: unread,
    protocol: 'http1',
    setup,
    run: async (world) => {
      const client = await world.connect();
      await client.write(post('/unread?gate=default', BYTES, { Connection: 'close' }));
      await world.subject.entered('/unread');
      await world.subject.begin();
      await world.subject.open('default');
      await writeThenRead(client, MEGABYTES, 200);
    },
  },
  {
    name: 'ends without a reset where a body was sent that nobody read',
    row: unread,
    protocol: 'http1',
    run: async (world) => {
      const client = await world.connect();
      await client.write(post('/unread?gate=default', 200_000) + 'x'.repeat(200_000));
      await world.subject.entered('/unread');
      client.pause();
      await world.subject.begin();
      await world.subject.open('default');
      await pause(100);
      client.resume();
      await client.answer();
      check((await client.ended()) === 'fin', 'the connection was reset after the answer');
    },
  },
  {
    name: 'does not wait until the deadline for a peer that never closes its side',
    row: 'a hostile client',
    protocol: 'http1',
    run: async (world) => {
      const client = await world.connect({ stubborn: true });
      await client.write(get('/gated'));
      await world.subject.entered('/gated');
      await world.subject.begin();
      await world.subject.open('default');
      await client.answer();
      check((await client.ended()) === 'fin', 'the connection was reset after the answer');
      await world.drained();
    },
  },
];
