import { get } from '../support/client/requests.js';
import type { Situation } from '../support/situation.js';
import { check, FORCING, type World } from '../support/world.js';

const streams = 'server-sent events, endless streams';
const upgraded = 'upgraded and CONNECT sockets';
const short = { deadlineMs: 700 };
const UPGRADE = get('/raw', { Connection: 'Upgrade', Upgrade: 'raw' });
const CONNECT = 'CONNECT example.test:443 HTTP/1.1\r\nHost: example.test:443\r\n\r\n';

/** A client on a socket that the application has taken over; `ping` comes back before draining begins. */
async function takenOver(world: World, request: string) {
  const client = await world.connect();
  await client.write(request);
  await client.answer();
  await client.write('ping');
  await client.until(() => client.reader.raw.includes('ping') || client.ending !== undefined);
  return client;
}

const takenOverSituations = (what: string, request: string): readonly Situation[] => [
  {
    name: `waits for ${what} whose owner ends it on the signal`,
    row: upgraded,
    protocol: 'http1',
    needs: ['signal'],
    setup: { upgrades: 'told' },
    run: async (world) => {
      const client = await takenOver(world, request);
      await world.subject.begin();
      const ending = await client.ended();
      const said = client.reader.raw.toString();
      check(said.endsWith('goodbye'), `the socket ended after ${JSON.stringify(said)}`);
      check(ending === 'fin', 'the socket was reset');
    },
  },
  {
    name: `leaves ${what} in use until the deadline, then destroys it`,
    row: upgraded,
    protocol: 'http1',
    setup: { upgrades: 'untold', drain: short },
    run: async (world) => {
      const client = await takenOver(world, request);
      await world.subject.begin();
      await client.write(' pong');
      await client.until(() => client.reader.raw.includes('pong') || client.ending !== undefined);
      check(client.ending === undefined, 'the socket was ended before the deadline');
      await world.forced();
    },
  },
];

export const streamSituations: readonly Situation[] = [
  {
    name: 'lets server-sent events end themselves on the signal',
    row: streams,
    protocol: 'http1',
    needs: ['signal'],
    run: async (world) => {
      const client = await world.connect();
      await client.write(get('/events'));
      await client.head();
      await world.subject.begin();
      const answer = await client.answer();
      check(answer.body.toString().endsWith('data: goodbye\n\n'), `the events were ${answer.body}`);
    },
  },
  {
    name: 'destroys an endless stream at the deadline',
    row: streams,
    protocol: 'http1',
    setup: { drain: short },
    run: async (world) => {
      const client = await world.connect();
      await client.write(get('/endless'));
      await client.head();
      await world.subject.begin();
      check(client.ending === undefined, 'the stream was cut before the deadline');
      const { report, tookMs } = await world.forced();
      check(tookMs >= FORCING * short.deadlineMs, `the stream was cut after ${Math.round(tookMs)} ms`);
      check(
        (report?.stuck[0]?.url ?? '/endless') === '/endless',
        `the report names ${JSON.stringify(report?.stuck)}`,
      );
    },
  },
  ...takenOverSituations('an upgraded socket', UPGRADE),
  ...takenOverSituations('a CONNECT socket', CONNECT),
];
