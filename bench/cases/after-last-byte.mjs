/** One request is in flight when the library is told to stop; how long after its answer's last byte is it done? */
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { markdownTable, quantile } from '../statistics.mjs';
import { startSubject } from '../subject.mjs';

export const title = "From the answer's last byte to the resolution";

const DRAINS = 100;
/** The answer comes this long after the library was told to stop. */
const ANSWER_AFTER_MS = 50;
/** What takes longer than this is measured with all drains side by side, since it waits and does not work. */
const SLOW_MS = 300;
const LIMIT_MS = 12_000;
const BODY = 'x'.repeat(1_000);

export const measures = () => true;

export async function measure(library, { quick = false } = {}) {
  const drains = quick ? 10 : DRAINS;
  const samples = [await drainOnce(library)];
  if (samples[0].ms > SLOW_MS) {
    if (library.endsProcess) return samples;
    samples.push(...(await Promise.all(Array.from({ length: drains - 1 }, () => drainOnce(library)))));
    return samples;
  }
  samples.length = 0; // that was the warm-up
  while (samples.length < drains) samples.push(await drainOnce(library));
  return samples;
}

/** @returns {Promise<{ ms: number | null, early: boolean, whole: boolean }>} ms: null where no answer came */
async function drainOnce(library) {
  let answer;
  const asked = new Promise((resolve) => {
    answer = resolve;
  });
  const { port, stop } = await startSubject(library, (_request, response) => answer(response));
  const client = openClient(port);
  const response = await asked;
  const stopped = stop().then(() => performance.now());
  await sleep(ANSWER_AFTER_MS);
  response.end(BODY);
  const doneAt = await Promise.race([stopped, sleep(LIMIT_MS, Number.POSITIVE_INFINITY, { ref: false })]);
  if (doneAt === Number.POSITIVE_INFINITY) client.socket.destroy();
  if (!client.socket.closed) await once(client.socket, 'close');
  await stopped;
  if (!client.text.endsWith(BODY)) return { ms: null, early: false, whole: false };
  return { ms: doneAt - client.lastByteAt, early: doneAt < client.lastByteAt, whole: true };
}

function openClient(port) {
  const socket = net.connect(port, '127.0.0.1', () =>
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  );
  const client = { socket, text: '', lastByteAt: 0 };
  socket.on('data', (chunk) => {
    client.text += chunk.toString('latin1');
    client.lastByteAt = performance.now();
  });
  socket.on('error', () => {});
  return client;
}

export function print(results) {
  const rows = results.map(({ library, result }) => {
    const times = result.filter(({ ms }) => ms !== null).map(({ ms }) => ms);
    const lost = result.filter(({ whole }) => !whole).length;
    const early = result.filter((sample) => sample.early).length;
    return [library, result.length, time(times, 0.5), time(times, 0.99), early, lost];
  });
  return [
    'Drains, each with one request in flight over a keep-alive connection, whose client closes when the',
    'server does. Early: resolved before the last byte had come. Lost: the answer did not come whole.',
    '',
    markdownTable(['', 'drains', 'median', '99th percentile', 'early', 'lost'], rows),
  ].join('\n');
}

function time(times, q) {
  if (times.length === 0) return 'no answer came';
  const ms = quantile(times, q);
  return Number.isFinite(ms) ? `${ms.toFixed(2)} ms` : `more than ${LIMIT_MS / 1_000} s`;
}
