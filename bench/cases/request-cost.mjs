/**
 * What a library costs each request while it serves. A bare application and one with the library take turns in one
 * process; each turn has a server of its own, so that nothing of the library is there while the bare one runs.
 */
import { once } from 'node:events';
import http from 'node:http';
import { markdownTable, median, spread } from '../statistics.mjs';
import { throughLoopback, throughMemory } from '../traffic.mjs';
import { FRAMEWORKS } from './frameworks.mjs';

export const title = 'CPU time per request';

const PATHS = {
  'in memory': { pairs: 60, requests: 500, run: throughMemory },
  loopback: {
    pairs: 30,
    requests: 500,
    async run(server, requests) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      await throughLoopback(server.address().port, requests / 10, 10);
      server.close();
      await once(server, 'close');
    },
  },
};

/** Those that look at requests at all. */
export const measures = (library) => !library.fastify && !library.name.startsWith('server.close()');

export async function measure(library, { quick = false } = {}) {
  const results = {};
  for (const [framework, make] of Object.entries(FRAMEWORKS)) {
    for (const [path, { pairs, requests, run }] of Object.entries(PATHS)) {
      const bare = await make();
      const withLibrary = await make(library);
      const pair = () => takeTurns(bare, withLibrary, (server) => run(server, requests));
      for (let i = 0; i < 4; i++) await pair();
      const samples = [];
      for (let i = 0; i < (quick ? 10 : pairs); i++) samples.push(await pair());
      results[`${framework}, ${path}`] = {
        ratios: samples.map(([one, other]) => other / one),
        microseconds: samples.map(([one, other]) => (other - one) / requests),
      };
    }
  }
  return results;
}

let bareFirst = false;

/** CPU microseconds of the one and of the other; who begins alternates. */
async function takeTurns(bare, withLibrary, run) {
  bareFirst = !bareFirst;
  const times = new Map();
  for (const subject of bareFirst ? [bare, withLibrary] : [withLibrary, bare]) {
    const server = http.createServer(subject.handler);
    subject.attach(server);
    const before = process.cpuUsage();
    await run(server);
    const { user, system } = process.cpuUsage(before);
    times.set(subject, user + system);
  }
  return [times.get(bare), times.get(withLibrary)];
}

export function print(results) {
  const cases = Object.keys(results[0].result);
  const rows = results.map(({ library, result }) => [
    library,
    ...cases.map((name) => {
      const { ratios, microseconds } = result[name];
      return `${spread(ratios, 3)}, ${median(microseconds).toFixed(2)} µs`;
    }),
  ]);
  return [
    'CPU time with the library / bare framework: median of the ratios of adjacent turns (quartiles), and the',
    'difference per request. The noise of the machine is in it: a ratio below 1 is noise.',
    '',
    markdownTable(['', ...cases], rows),
  ].join('\n');
}
