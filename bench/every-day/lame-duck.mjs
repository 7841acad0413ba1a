/**
 * Rolling restarts of two HTTP/2 servers behind HAProxy, which hands connections on and looks at the readiness of each
 * server: HTTP/2 sessions that are told in the lame duck, and those that are not.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { startHaproxy } from '../../drill/fronts/haproxy.mjs';
import { freePort } from '../../drill/run/ports.mjs';
import { markdownTable } from '../statistics.mjs';
import { isThere } from './fronts.mjs';
import { Http2Client } from './http2-client.mjs';
import { startServer } from './start-server.mjs';
import { Tally } from './tally.mjs';

export const title = 'HTTP/2 sessions in the lame duck';

const CLIENTS = 16;
const RESTARTS = 4;
const LAME_DUCK_MS = 3_000;
const CHECKED_MS = 1_500;
/** Of each run of curl, and of each client of h2load. */
const TRANSFERS = 1_000;

/** Each runs until it is told to end, and tallies its requests. */
const CLIENT_KINDS = [
  ['node:http2', nodeClients],
  ['undici', undiciClients],
  ['curl', curlClients, () => isThere('curl')],
  ['h2load', h2loadClients, () => isThere('h2load', '--version')],
];

export async function measure(isMeasured) {
  const rows = [];
  for (const [name, start, isAvailable = () => true] of CLIENT_KINDS) {
    if (!isMeasured(name) || !isAvailable()) continue;
    for (const http2LameDuck of ['wait', 'goaway'])
      rows.push(await measureClients(name, start, http2LameDuck));
  }
  return [
    `${RESTARTS} restarts, one server after the other, with a lame duck of ${LAME_DUCK_MS} ms; ${CLIENTS} clients over TLS, each with one session`,
    'and one request at a time, which takes 2 to 8 ms. Sessions open: at the beginning of draining, where they are told in any case.',
    '',
    markdownTable(['', '', 'answered', 'lost', 'sessions open, in each restart', 'restarts forced'], rows),
  ].join('\n');
}

async function measureClients(name, startClients, http2LameDuck) {
  const how = { kind: 'h2', work: 'wait', readiness: '/readyz' };
  const options = { http2LameDuck, lameDuckMs: LAME_DUCK_MS, deadlineMs: 10_000 };
  const ports = [await freePort(), await freePort()];
  const start = (port) => startServer({ ...how, options, port });
  const servers = await Promise.all(ports.map(start));
  const front = await startHaproxy({
    ports,
    checks: true,
    mode: 'tcp',
    server: ' check check-ssl verify none',
  });
  await Promise.all([front.admit(0), front.admit(1)]);
  const tally = new Tally();
  const endClients = startClients(front.ports[0], tally);
  const open = [];
  let forced = 0;
  for (let i = 0; i < RESTARTS; i++) {
    await sleep(CHECKED_MS);
    const at = i % 2;
    const { cutSessions, report } = await servers[at].stop();
    open.push(cutSessions);
    if (report.outcome === 'forced') forced++;
    servers[at] = await start(ports[at]);
    await front.admit(at);
  }
  await endClients();
  await Promise.all(servers.map((server) => server.stop()));
  await front.stop();
  console.error(`${name}, ${http2LameDuck}: ${tally}; ${open}`);
  return [name, `'${http2LameDuck}'`, tally.of('200'), tally.without('200'), open.join(', '), forced];
}

/** Clients that ask one after the other; returns a function that ends them. */
function repeat(tally, makeClient) {
  let ending = false;
  const one = async () => {
    const ask = makeClient();
    while (!ending) tally.add(await ask());
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, one));
  return () => {
    ending = true;
    return clients;
  };
}

function nodeClients(port, tally) {
  return repeat(tally, () => {
    const client = new Http2Client(`https://127.0.0.1:${port}`);
    return () => client.ask();
  });
}

function undiciClients(port, tally) {
  return repeat(tally, () => {
    const dispatcher = new Agent({ allowH2: true, connections: 1, connect: { rejectUnauthorized: false } });
    return async () => {
      try {
        const { statusCode, body } = await request(`https://127.0.0.1:${port}/`, { dispatcher });
        await body.dump();
        return String(statusCode);
      } catch (error) {
        return error.code ?? error.message;
      }
    };
  });
}

/** A program that is started again and again; `read` tallies what it has printed. */
function repeatProgram(count, start, read) {
  let ending = false;
  const one = async () => {
    while (!ending) {
      const child = start();
      let printed = '';
      child.stdout.setEncoding('utf8').on('data', (text) => {
        printed += text;
      });
      await once(child, 'close');
      read(printed);
    }
  };
  const runs = Promise.all(Array.from({ length: count }, one));
  return () => {
    ending = true;
    return runs;
  };
}

function curlClients(port, tally) {
  const told = ['--output', '/dev/null', '--write-out', '%{http_code} %{exitcode}\n'];
  const start = () =>
    spawn('curl', ['-sk', '--http2', ...told, `https://127.0.0.1:${port}/[1-${TRANSFERS}]`], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  return repeatProgram(CLIENTS, start, (printed) => {
    for (const [, status, code] of printed.matchAll(/^(\d+) (\d+)$/gm)) {
      tally.add(code === '0' ? status : `exit code ${code}`);
    }
  });
}

function h2loadClients(port, tally) {
  const start = () =>
    spawn(
      'h2load',
      ['-c', CLIENTS, '-m', 1, '-n', CLIENTS * TRANSFERS, `https://127.0.0.1:${port}/`].map(String),
      {
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
  return repeatProgram(1, start, (printed) => {
    // A client of it whose session ends sends the rest of its requests nowhere, and counts them as failed.
    const [, started, succeeded] = /(\d+) started, .*?(\d+) succeeded/.exec(printed) ?? [0, 0, 0];
    tally.add('200', Number(succeeded));
    if (started !== succeeded) tally.add('failed', Number(started) - Number(succeeded));
  });
}
