import { once } from 'node:events';
import { WebSocket } from 'ws';
import { isTls, type Situation } from '../support/situation.js';
import { check, type World } from '../support/world.js';

const row = 'WebSockets told to leave';
const CLIENTS = 10;
const SPREAD_MS = 400;
const GOING_AWAY = 1001;

/** An open WebSocket, and the moment and the code of the close frame that it gets. */
interface Member {
  socket: WebSocket;
  left: Promise<{ code: number; at: number }>;
}

async function join(world: World): Promise<Member> {
  const scheme = isTls(world.kind) ? 'wss' : 'ws';
  const socket = new WebSocket(`${scheme}://127.0.0.1:${world.target.port}/ws`, {
    rejectUnauthorized: false,
  });
  socket.on('error', () => {});
  const left = once(socket, 'close').then(([code]) => ({ code: Number(code), at: performance.now() }));
  await once(socket, 'open');
  return { socket, left };
}

const joinAll = (world: World): Promise<Member[]> =>
  Promise.all(Array.from({ length: CLIENTS }, () => join(world)));

export const webSocketSituations: readonly Situation[] = [
  {
    name: 'sends WebSocket clients away with code 1001',
    row,
    protocol: 'http1',
    needs: ['webSockets'],
    setup: { webSockets: {} },
    run: async (world) => {
      const members = await joinAll(world);
      await world.subject.begin();
      const leaves = await Promise.all(members.map((member) => member.left));
      const codes = [...new Set(leaves.map((leave) => leave.code))];
      check(codes.join() === `${GOING_AWAY}`, `the close codes were ${codes.join(', ')}`);
    },
  },
  {
    name: 'spreads the close frames over spreadMs',
    row,
    protocol: 'http1',
    needs: ['webSockets'],
    setup: { webSockets: { spreadMs: SPREAD_MS } },
    run: async (world) => {
      const members = await joinAll(world);
      await world.subject.begin();
      const leaves = await Promise.all(members.map((member) => member.left));
      const times = leaves.map((leave) => leave.at).sort((a, b) => a - b);
      const spread = Math.round((times.at(-1) ?? 0) - (times[0] ?? 0));
      check(spread > SPREAD_MS / 2, `all of them left within ${spread} ms`);
    },
  },
  {
    name: 'terminates a WebSocket client that does not answer, at the deadline',
    row,
    protocol: 'http1',
    needs: ['webSockets'],
    setup: { webSockets: {}, drain: { deadlineMs: 700 } },
    run: async (world) => {
      const { socket } = await join(world);
      socket.pause();
      await world.subject.begin();
      await world.forced().finally(() => socket.terminate());
    },
  },
];
