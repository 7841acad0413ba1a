/** Idle connections that are closed at once, or over some time: how fast their clients are at the next server. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { markdownTable } from '../statistics.mjs';
import { startServer } from './start-server.mjs';

export const title = 'Idle connections that come back';

const COUNT = 10_000;
const SPREADS_MS = [0, 2_000, 5_000];
const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
/** As many connect at a time: more would overflow the accept queue. */
const CONNECTING = 200;
const WINDOW_MS = 1_000;

export async function measure() {
  const rows = [];
  for (const closeSpreadMs of SPREADS_MS) rows.push(await measureSpread(closeSpreadMs));
  return [
    `${COUNT} idle keep-alive clients, each of which connects to the next server as soon as its connection is closed.`,
    '',
    markdownTable(
      [
        'closeSpreadMs',
        'first to last',
        `most within ${WINDOW_MS} ms`,
        'came back',
        'slowest connect',
        'shutdown() took',
      ],
      rows,
    ),
  ].join('\n');
}

async function measureSpread(closeSpreadMs) {
  const [old, next] = [
    await startServer({ kind: 'http', work: 'echo', options: { closeSpreadMs } }),
    await startServer({ kind: 'http', work: 'echo' }),
  ];
  const clients = fork(fileURLToPath(import.meta.url), [String(old.port), String(next.port)]);
  await once(clients, 'message');
  const came = once(clients, 'message');
  const { ms } = await old.stop();
  const [{ closedAt, slowestMs, connected }] = await came;
  await next.stop();
  const times = closedAt.sort((a, b) => a - b);
  let most = 0;
  for (let from = 0, to = 0; to < times.length; to++) {
    while (times[to] - times[from] > WINDOW_MS) from++;
    most = Math.max(most, to - from + 1);
  }
  console.error(`${closeSpreadMs}: ${most}`);
  return [
    closeSpreadMs,
    `${(times.at(-1) - times[0]).toFixed(0)} ms`,
    most,
    connected,
    `${slowestMs.toFixed(0)} ms`,
    `${ms.toFixed(0)} ms`,
  ];
}

if (process.send && process.argv[2]) {
  const [old, next] = process.argv.slice(2).map(Number);
  const closedAt = [];
  let slowestMs = 0;
  let connected = 0;
  let left = COUNT;
  const closings = [];
  const opener = async () => {
    while (left-- > 0) {
      const socket = await ask(old);
      closings.push(once(socket, 'close').then(comeBack));
    }
  };
  const comeBack = async () => {
    const since = performance.now();
    closedAt.push(since);
    const socket = net.connect(next, '127.0.0.1');
    await once(socket, 'connect');
    slowestMs = Math.max(slowestMs, performance.now() - since);
    connected++;
    socket.on('error', () => {});
  };
  await Promise.all(Array.from({ length: CONNECTING }, opener));
  process.send('ready');
  await Promise.all(closings);
  process.send({ closedAt, slowestMs, connected }, () => process.exit());
}

/** Resolves with the connection, once it has its answer. */
async function ask(port) {
  const socket = net.connect(port, '127.0.0.1');
  socket.write(REQUEST);
  await once(socket, 'data');
  return socket.resume();
}
