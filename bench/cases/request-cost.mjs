/**
 * What a library costs each request while it serves. Processes with it and without it take turns: within one process
 * Node would compile its own code anew whenever the first listener came to its channels, or the last one went.
 */
import { once } from 'node:events';
import http from 'node:http';
import { shareOf } from '../profile.mjs';
import { markdownTable, medianAndRange } from '../statistics.mjs';
import { throughLoopback, throughMemory } from '../traffic.mjs';
import { FRAMEWORKS } from './frameworks.mjs';

export const title = 'CPU time per request';

const REQUESTS = 5_000;
const WARM_UP_REQUESTS = 5_000;
const PROFILED_REQUESTS = 6_000;
export const TURNS = 9;

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

export async function measure(library) {
  const results = {};
  for (const [framework, make] of Object.entries(FRAMEWORKS)) {
    const application = await make(library);
    // One that listens all the while: what a library does for the first server is not done for each.
    const server = serverOf(application).listen(0, '127.0.0.1');
    await once(server, 'listening');
    for (const [path, run] of Object.entries(PATHS)) {
      await turn(application, run, WARM_UP_REQUESTS);
      const microseconds = await turn(application, run, REQUESTS);
      const share = library
        ? await shareOf(() => turn(application, run, PROFILED_REQUESTS), isPartOf(library))
        : 0;
      results[`${framework}, ${path}`] = { microseconds, share };
    }
    server.close();
  }
  return results;
}

/** Its own files, and Node's channel that tells http-drain of requests. */
function isPartOf({ name }) {
  const parts =
    name === 'http-drain' ? ['/packages/', 'node:diagnostics_channel'] : [`/node_modules/${name}/`];
  return (url) => parts.some((part) => url.includes(part));
}

/** CPU microseconds per request. */
async function turn(application, run, requests) {
  const server = serverOf(application);
  const before = process.cpuUsage();
  await run(server, requests);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / requests;
}

function serverOf({ handler, attach }) {
  const server = http.createServer(handler);
  attach(server);
  return server;
}

export function print(results) {
  const cases = Object.keys(results[0].result[0].bare);
  const rows = results.map(({ library, result }) => [
    library,
    ...cases.flatMap((name) =>
      describe(result.map((turn) => ({ bare: turn.bare[name], library: turn.library[name] }))),
    ),
  ]);
  return [
    `Medians of ${TURNS} processes (range). Own: the share of the CPU samples of ${PROFILED_REQUESTS} requests that fell into the`,
    "library's own functions; what it makes others do is not in it. Against bare: CPU time of a process with the",
    'library / of the one without that ran just before it, client included. Where the range contains 1, no difference',
    'was found.',
    '',
    markdownTable(['', ...cases.flatMap((name) => [`${name}: own`, 'against bare'])], rows),
  ].join('\n');
}

const describe = (turns) => [
  medianAndRange(
    turns.map(({ library }) => library.share * 100),
    2,
    ' %',
  ),
  medianAndRange(
    turns.map(({ bare, library }) => library.microseconds / bare.microseconds),
    3,
  ),
];
