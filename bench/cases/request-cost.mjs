/**
 * What a library costs each request while it serves. A bare application and one with the library take turns in one
 * process; each turn has a server of its own, so that nothing of the library is there while the bare one runs.
 */
import { once } from 'node:events';
import http from 'node:http';
import { confidentMedian, markdownTable, median } from '../statistics.mjs';
import { throughLoopback, throughMemory } from '../traffic.mjs';
import { FRAMEWORKS } from './frameworks.mjs';

export const title = 'CPU time per request';

const REQUESTS = 300;
const ROUNDS = 30;
const WARM_UP_ROUNDS = 4;

const PATHS = {
  'in memory': (server) => throughMemory(server, REQUESTS),
  async loopback(server) {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    await throughLoopback(server.address().port, REQUESTS / 10, 10);
    await once(server.close(), 'close');
  },
};

/** Those that look at requests at all. */
export const measures = (library) => !library.fastify && !library.name.startsWith('server.close()');

export async function measure(library, { quick = false } = {}) {
  const results = {};
  for (const [framework, make] of Object.entries(FRAMEWORKS)) {
    for (const [path, run] of Object.entries(PATHS)) {
      const subjects = { bare: await make(), library: await make(library) };
      for (let i = 0; i < WARM_UP_ROUNDS; i++) await round(subjects, run);
      const rounds = [];
      for (let i = 0; i < (quick ? 8 : ROUNDS); i++) rounds.push(await round(subjects, run));
      results[`${framework}, ${path}`] = rounds;
    }
  }
  return results;
}

/** CPU microseconds per request of both, two turns each, in an order in which a drift of the machine cancels out. */
async function round({ bare, library }, run) {
  const first = await turn(bare, run);
  const others = (await turn(library, run)) + (await turn(library, run));
  const last = await turn(bare, run);
  return { bare: (first + last) / 2, library: others / 2 };
}

async function turn({ handler, attach }, run) {
  const server = http.createServer(handler);
  attach(server);
  const before = process.cpuUsage();
  await run(server);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / REQUESTS;
}

export function print(results) {
  const cases = Object.keys(results[0].result);
  const rows = results.map(({ library, result }) => [
    library,
    ...cases.map((name) => describe(result[name])),
  ]);
  return [
    `CPU time with the library / bare, the median of ${ROUNDS} rounds in which both take turns (95 % confidence interval of`,
    'the median), and the medians of the microseconds per request, client included. Where the interval contains 1,',
    'no cost was found.',
    '',
    markdownTable(['', ...cases], rows),
  ].join('\n');
}

function describe(rounds) {
  const ratio = confidentMedian(
    rounds.map(({ bare, library }) => library / bare),
    3,
  );
  const [bare, library] = ['bare', 'library'].map((key) =>
    median(rounds.map((round) => round[key])).toFixed(1),
  );
  return `${ratio}, ${bare} → ${library} µs`;
}
