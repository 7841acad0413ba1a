/** How long it takes to stop: a server without a connection, and one with many keep-alive clients that go on sending. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startClients } from '../clients.mjs';
import { markdownTable, median, quantile } from '../statistics.mjs';
import { startSubject } from '../subject.mjs';

export const title = 'Time to stop';

const IDLE_RUNS = 100;
/** Those that take a second for it are stopped less often. */
const IDLE_LIMIT_MS = 5_000;
const ACTIVE_RUNS = 3;
const CLIENTS = 1_000;
const ANSWER_MS = 20;
const LIMIT_MS = 12_000;

export const measures = () => true;

export async function measure(library, { quick = false } = {}) {
  const idle = [];
  const until = performance.now() + IDLE_LIMIT_MS;
  while (idle.length < IDLE_RUNS && (idle.length < 3 || performance.now() < until)) {
    const { stop } = await startSubject(library, (_request, response) => response.end());
    idle.push(await timed(stop));
  }
  const active = [];
  for (let i = 0; i < (quick ? 1 : ACTIVE_RUNS); i++) active.push(await stopUnderLoad(library));
  return { idle, active };
}

async function stopUnderLoad(library) {
  const { server, port, stop } = await startSubject(library, (_request, response) => {
    setTimeout(() => response.end('hello'), ANSWER_MS);
  });
  const clients = await startClients({ port, count: CLIENTS, active: true });
  let done;
  const ms = await timed(() => {
    done = stop();
    return Promise.race([done, sleep(LIMIT_MS, undefined, { ref: false })]);
  });
  // What a resolution leaves behind is lost all the same.
  await sleep(200);
  const seen = await clients.end();
  server.closeAllConnections();
  await done;
  return { ms, ...seen };
}

async function timed(act) {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
}

export function print(results) {
  const rows = results.map(({ library, result: { idle, active } }) => {
    const times = active.map(({ ms }) => ms);
    const late = times.some((ms) => ms >= LIMIT_MS);
    const lost = active.map((run) => run.lost).join(', ');
    return [
      library,
      `${median(idle).toFixed(2)} ms (${quantile(idle, 0).toFixed(2)} to ${quantile(idle, 1).toFixed(2)})`,
      late ? `more than ${LIMIT_MS / 1_000} s` : `${median(times).toFixed(0)} ms`,
      lost,
    ];
  });
  return [
    `An idle server: median of up to ${IDLE_RUNS} stops (range). ${CLIENTS} keep-alive clients that send their next request as soon`,
    `as they have an answer, which takes ${ANSWER_MS} ms: median of ${ACTIVE_RUNS} stops. Lost: requests that were sent and not answered, in`,
    'each of these; a client cannot know that its connection is about to be closed. A lame duck tells it before.',
    '',
    markdownTable(['', 'idle', `${CLIENTS} active`, 'lost'], rows),
  ].join('\n');
}
