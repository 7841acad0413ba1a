/**
 * Idle keep-alive connections: how long it takes to drain them, and what each costs while it is open. In turns with
 * a bare server, whose sockets are destroyed one by one, until each of them has closed.
 */
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { startClients } from '../clients.mjs';
import { markdownTable, median, medianAndRange } from '../statistics.mjs';
import { startSubject } from '../subject.mjs';

export const title = 'Idle keep-alive connections';

const COUNTS = [10_000, 18_000];
/** Longer than it takes to open them all. */
const KEEP_ALIVE_MS = 600_000;
const PAIRS = 7;
/** What takes longer is not waited for. */
const LIMIT_MS = 10_000;

export const measures = (library) => !library.name.startsWith('close-with-grace');

export async function measure(library, { quick = false } = {}) {
  const results = {};
  for (const count of quick ? [2_000] : COUNTS) {
    const rounds = [];
    for (let i = 0; i < PAIRS; i++) {
      const [bare, other] = i % 2 === 0 ? [undefined, library] : [library, undefined];
      const [first, second] = [await round(count, bare), await round(count, other)];
      rounds.push(i % 2 === 0 ? { bare: first, library: second } : { bare: second, library: first });
    }
    results[count] = rounds;
  }
  return results;
}

/** One server, its connections, and their end. */
async function round(count, library) {
  const handler = (_request, response) => response.end('hello');
  const { server, port, stop } = await startSubject(library, handler, KEEP_ALIVE_MS);
  const sockets = collectSockets(server);
  const before = await heapUsed();
  const clients = await startClients({ port, count });
  const bytes = ((await heapUsed()) - before) / count;
  const open = countOpen(sockets);
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  const done = stop ? stop() : destroyAll(server, sockets, open);
  const timely = await Promise.race([done, sleep(LIMIT_MS, 'late', { ref: false })]);
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  const unclosed = open.count;
  server.closeAllConnections();
  await clients.end();
  await done;
  return { bytes, late: timely === 'late', ms, cpuMs: (user + system) / 1_000, unclosed };
}

/** A list of places for them is made before memory is measured. */
function collectSockets(server) {
  const sockets = new Array(Math.max(...COUNTS)).fill(undefined);
  let count = 0;
  server.on('connection', (socket) => {
    sockets[count++] = socket;
  });
  return sockets;
}

/** Counts them down as each emits 'close': its property `closed` says so before. */
function countOpen(sockets) {
  const open = { count: 0 };
  const onClose = () => open.count--;
  for (const socket of sockets) {
    if (!socket) continue;
    open.count++;
    socket.on('close', onClose);
  }
  return open;
}

async function destroyAll(server, sockets, open) {
  // http.Server's own would look for idle connections before.
  net.Server.prototype.close.call(server);
  for (const socket of sockets) socket?.destroy();
  await once(server, 'close');
  // A server emits its 'close' before its sockets do: those come at the end of the loop turn.
  while (open.count > 0) await turn();
}

async function heapUsed() {
  for (let i = 0; i < 4; i++) {
    globalThis.gc();
    await sleep(50);
  }
  return process.memoryUsage().heapUsed;
}

export function print(results) {
  const counts = Object.keys(results[0].result);
  const head = (count) => [`${group(count)}: time`, 'CPU', 'milliseconds', 'sockets left', 'heap'];
  const rows = results.map(({ library, result }) => [
    library,
    ...counts.flatMap((count) => describe(result[count])),
  ]);
  return [
    'Time to drain, and CPU time of the server for it, as ratios to destroying as many sockets of a bare server and',
    `seeing each of them close: medians of ${PAIRS} pairs of turns (range). Sockets left: those that had not closed yet`,
    "when the library said that it was done. Heap: bytes for each connection above the bare server's.",
    '',
    markdownTable(['', ...counts.flatMap(head)], rows),
  ].join('\n');
}

function describe(rounds) {
  const ratios = (key) => rounds.map(({ bare, library }) => library[key] / bare[key]);
  const middle = (key) => median(rounds.map(({ library }) => library[key])).toFixed(0);
  const heap = median(rounds.map(({ bare, library }) => library.bytes - bare.bytes)).toFixed(0);
  const isLate = rounds.some(({ library }) => library.late);
  if (isLate) return [`more than ${LIMIT_MS / 1_000} s`, '', '', middle('unclosed'), heap];
  return [range(ratios('ms')), range(ratios('cpuMs')), middle('ms'), middle('unclosed'), heap];
}

const range = (ratios) => medianAndRange(ratios, 2);

const group = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
