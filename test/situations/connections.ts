import tls from 'node:tls';
import { Client, isRefused } from '../support/client/client.js';
import { get } from '../support/client/requests.js';
import { isTls, type Situation } from '../support/situation.js';
import { check, pause, type World } from '../support/world.js';

const fresh = 'a new connection that has sent nothing yet';
const idle = 'idle keep-alive connections';
const handshake = 'TLS, handshake not done';
const IDLE = 100;
const AT_ONCE_MS = 1_500;

const keepAll = (world: World, count: number): Promise<Client[]> =>
  Promise.all(Array.from({ length: count }, () => world.kept()));

/** The first bytes of a TLS record that announces more of a ClientHello than ever comes. */
const HALF_HELLO = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]);

export const connectionSituations: readonly Situation[] = [
  {
    name: 'serves a fresh connection whose first request comes just after draining began',
    row: fresh,
    protocol: 'http1',
    run: async (world) => {
      const client = await world.connect();
      await world.accepted(1);
      await world.subject.begin();
      await client.write(get('/fast'));
      const answer = await client.answer();
      check(answer.status === 200, `the answer has status ${answer.status}`);
    },
  },
  {
    name: 'closes a fresh connection that stays silent, long before the deadline',
    row: fresh,
    protocol: 'http1',
    run: async (world) => {
      const client = await world.connect();
      await world.accepted(1);
      await world.subject.begin();
      await world.drained();
      check((await client.ended()) === 'fin', 'the connection was reset');
    },
  },
  {
    name: 'closes idle keep-alive connections at once',
    row: idle,
    protocol: 'http1',
    run: async (world) => {
      const clients = await keepAll(world, IDLE);
      const since = performance.now();
      await world.subject.begin();
      const endings = await Promise.all(clients.map((client) => client.ended()));
      const ms = Math.round(performance.now() - since);
      check(ms < AT_ONCE_MS, `the last of ${IDLE} idle connections was closed after ${ms} ms`);
      check(!endings.includes('reset'), 'idle connections were reset');
      const { report } = await world.ended();
      const open = report?.connections.openAtStart ?? IDLE;
      check(open === IDLE, `the report says that ${open} of ${IDLE} connections were open`);
    },
  },
  {
    name: 'does not wait for a client that never begins its TLS handshake',
    row: handshake,
    protocol: 'any',
    only: isTls,
    run: async (world) => {
      await world.silent();
      await world.accepted(1);
      await world.subject.begin();
      await world.drained();
    },
  },
  {
    name: 'does not wait for a client that never finishes its TLS handshake',
    row: handshake,
    protocol: 'any',
    only: isTls,
    run: async (world) => {
      const client = await world.silent();
      await client.write(HALF_HELLO);
      await world.accepted(1);
      await world.subject.begin();
      await world.drained();
    },
  },
  {
    name: 'serves a client that shakes hands just after draining began',
    row: handshake,
    protocol: 'http1',
    only: isTls,
    run: async (world) => {
      const bare = await world.silent();
      await world.accepted(1);
      await world.subject.begin();
      const socket = tls.connect({
        socket: bare.socket,
        rejectUnauthorized: false,
        ALPNProtocols: ['http/1.1'],
      });
      const client = Client.on(socket);
      await client.write(get('/fast'));
      await client.answer();
    },
  },
  {
    name: 'refuses a new connection while draining',
    row: 'a new connection while draining',
    protocol: 'http1',
    run: async (world) => {
      const client = await world.asking('/gated');
      await world.subject.begin();
      await pause(50);
      check(await isRefused(world.target), 'a new connection was accepted');
      await world.subject.open('default');
      await client.answer();
    },
  },
];
