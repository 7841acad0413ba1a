/**
 * What a library costs each request while it serves. A bare application and one with the library take turns in one
 * process; each turn has a server of its own, so that nothing of the library is there while the bare one runs.
 */
import { once } from 'node:events';
import http from 'node:http';
import { shareOf } from '../profile.mjs';
import { confidentMedian, markdownTable } from '../statistics.mjs';
import { throughLoopback, throughMemory } from '../traffic.mjs';
import { FRAMEWORKS } from './frameworks.mjs';

export const title = 'CPU time per request';

const REQUESTS = 300;
const ROUNDS = 30;
const WARM_UP_ROUNDS = 4;
const PROFILED_REQUESTS = 6_000;

const PATHS = {
  'in memory': throughMemory,
  async loopback(server, requests) {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    await throughLoopback(server.address().port, requests / 10, 10);
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
      const share = await shareOf(() => turn(subjects.library, run, PROFILED_REQUESTS), isPartOf(library));
      results[`${framework}, ${path}`] = { rounds, share };
    }
  }
  return results;
}

/** Its own files, and Node's channel that tells http-drain of requests. */
function isPartOf({ name }) {
  const parts =
    name === 'http-drain' ? ['/packages/', 'node:diagnostics_channel'] : [`/node_modules/${name}/`];
  return (url) => parts.some((part) => url.includes(part));
}

/** CPU microseconds per request of both, two turns each, in an order in which a drift of the machine cancels out. */
async function round({ bare, library }, run) {
  const first = await turn(bare, run);
  const others = (await turn(library, run)) + (await turn(library, run));
  const last = await turn(bare, run);
  return { bare: (first + last) / 2, library: others / 2 };
}

async function turn({ handler, attach }, run, requests = REQUESTS) {
  const server = http.createServer(handler);
  attach(server);
  const before = process.cpuUsage();
  await run(server, requests);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / requests;
}

export function print(results) {
  const cases = Object.keys(results[0].result);
  const rows = results.map(({ library, result }) => [
    library,
    ...cases.flatMap((name) => describe(result[name])),
  ]);
  return [
    `Own: the share of the CPU samples of ${PROFILED_REQUESTS} requests that fell into the library's own functions; what it makes`,
    'others do is not in it. Against bare: CPU time with the library / without it, client included, the median of',
    `${ROUNDS} rounds in which both take turns (95 % confidence interval of the median): where that contains 1, no difference`,
    'was found.',
    '',
    markdownTable(['', ...cases.flatMap((name) => [`${name}: own`, 'against bare'])], rows),
  ].join('\n');
}

const describe = ({ rounds, share }) => [
  `${(share * 100).toFixed(2)} %`,
  confidentMedian(
    rounds.map(({ bare, library }) => library / bare),
    3,
  ),
];
