import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allProcesses, environmentHas } from '../../packages/drill/src/proc/processes.js';

const CLI = fileURLToPath(new URL('../../packages/drill/dist/cli.js', import.meta.url));
const SINS = fileURLToPath(new URL('sins/server.mjs', import.meta.url));

/** All that a test starts carries this, so that what is left behind is found. */
const OURS = `DRILL_TEST=${process.pid}-${Math.random()}`;
const leftovers = () => allProcesses().filter(({ pid, state }) => state !== 'Z' && environmentHas(pid, OURS));

let folder: string;
/** Where the drill puts its files. */
let temporary: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drill-test-'));
  temporary = await mkdtemp(join(folder, 'temporary-'));
});
afterAll(() => rm(folder, { recursive: true }));

function start(...words: string[]): ChildProcess {
  const [name, value] = OURS.split('=') as [string, string];
  return spawn(process.execPath, [CLI, ...words], {
    env: { ...process.env, [name]: value, TMPDIR: temporary },
  });
}

interface Ran {
  status: number | null;
  out: string;
  err: string;
}

async function run(...words: string[]): Promise<Ran> {
  const child = start(...words);
  let out = '';
  let err = '';
  child.stdout?.on('data', (data) => {
    out += data;
  });
  child.stderr?.on('data', (data) => {
    err += data;
  });
  const [status] = await once(child, 'close');
  return { status, out, err };
}

async function program(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const isThere = (program: string) =>
  process.env.CI === 'true' || ['', '/usr/sbin/'].some((place) => !spawnSync(place + program, ['-v']).error);

const lastLine = ({ out }: Ran) => out.trimEnd().split('\n').at(-1);

describe('what cannot be drilled is said in one sentence, with exit status 2', () => {
  const cases: [string, RegExp, () => Promise<string[]>][] = [
    ['no command', /Expected a command/, async () => ['--url', '/x']],
    ['an unknown option', /There is no option --nonsense/, async () => ['--nonsense', '--', 'node']],
    [
      'a bad number',
      /Expected --rounds to be a whole number from 1 to 100, got "many"/,
      async () => ['--rounds', 'many', 'node'],
    ],
    [
      'a bad number of clients',
      /Expected --clients to be a whole number from 0 to 1000, got "-1"/,
      async () => ['--clients=-1', 'node'],
    ],
    [
      'a bad time before the signal',
      /Expected --pre-stop to be a time such as 30s or 500ms, got "soon"/,
      async () => ['--pre-stop', 'soon', 'node'],
    ],
    [
      'a bad time',
      /Expected --grace to be a time such as 30s or 500ms, got "30"/,
      async () => ['--grace=30', 'node'],
    ],
    [
      'a bad number of restarts',
      /Expected --rolling to be a whole number from 1 to 100, got "0"/,
      async () => ['--rolling=0', 'node'],
    ],
    [
      'a picture without a name',
      /Expected --svg to be a file, got ""/,
      async () => ['--svg', '', '--', 'node'],
    ],
    [
      'an unknown proxy',
      /Expected --proxy to be one of builtin, nginx, haproxy, got "apache"/,
      async () => ['--rolling', '--proxy', 'apache', 'node'],
    ],
    [
      'a proxy, and no restart',
      /Expected --rolling beside --proxy/,
      async () => ['--proxy', 'nginx', '--', 'node'],
    ],
    [
      'a rolling restart of instances on one port',
      /Expected no --port beside --rolling/,
      async () => ['--rolling', '--port', '80', '--', 'node'],
    ],
    [
      'a rolling restart without clients',
      /Expected --clients to be 1 or more beside --rolling, got 0/,
      async () => ['--rolling', '--clients', '0', '--', 'node'],
    ],
    [
      'a time before the signal that a proxy knows nothing of',
      /Expected no --pre-stop beside --proxy haproxy/,
      async () => ['--rolling', '--proxy', 'haproxy', '--pre-stop', '1s', '--', 'node'],
    ],
    [
      'a bad path',
      /Expected --url to be a path such as \/items, got "items"/,
      async () => ['--url', 'items', 'node'],
    ],
    [
      'a bad code',
      /Expected --skip to be codes such as D007,D020, got "D999"/,
      async () => ['--skip', 'D999', 'node'],
    ],
    [
      'a bad signal',
      /Expected --signal to be a signal such as SIGTERM, got "TERMINATE"/,
      async () => ['--signal', 'TERMINATE', 'node'],
    ],
    [
      'a signal that cannot be caught',
      /Expected --signal to be a signal such as SIGTERM, got "KILL", which no program can catch/,
      async () => ['--signal', 'KILL', 'node'],
    ],
    [
      'a signal that freezes',
      /Expected --signal to be a signal such as SIGTERM, got "SIGSTOP", which no program can catch/,
      async () => ['--signal=SIGSTOP', 'node'],
    ],
    [
      'a signal that stops nothing',
      /Expected --signal to be a signal such as SIGTERM, got "SIGCONT", which stops nothing/,
      async () => ['--signal', 'SIGCONT', 'node'],
    ],
    ...['\n', '\r', '\u0001'].map((control): [string, RegExp, () => Promise<string[]>] => [
      `a header with ${JSON.stringify(control)} in it`,
      /^ {2}Expected -H to be a line as in "Name: value"\.\n$/,
      async () => ['-H', `X-A: b${control}Evil: c`, 'node'],
    ]),
    [
      'a time that no timer has',
      /Expected --grace to be a number of ms from 0 to 2147483647, got "99999m"/,
      async () => ['--grace', '99999m', 'node'],
    ],
    [
      'a program without a name',
      /Expected the command to be a program .* got \[""\]\.\n$/,
      async () => ['--', ''],
    ],
    ['an option without its value', /Expected a value after --url/, async () => ['--url', '--', 'node']],
    [
      'a command that does not exist',
      /There is no command `no-such-program`/,
      async () => ['--', 'no-such-program'],
    ],
    ['a command in quotes', /write the command without quotes/, async () => ['--', 'node server.js']],
    [
      'a file that is not executable',
      /Cannot run .*: permission denied/,
      async () => ['--', await program('plain.sh', 'true')],
    ],
    [
      'a command that never listens',
      /It did not listen on any TCP port within 0.7 s/,
      async () => ['--ready-within', '700ms', '--', 'sleep', '30'],
    ],
    [
      'a command that listens elsewhere than --port says',
      /It does not listen on port 9, as --port says, but on \d+/,
      async () => ['--port', '9', '--ready-within', '2s', '--', process.execPath, SINS],
    ],
    [
      'a command that ends before it listens',
      /It ended with code 7 before it listened on any port/,
      async () => ['--', 'sh', '-c', 'echo no configuration >&2; exit 7'],
    ],
    [
      'a command that forks away',
      /The command ended with code 0 and left process \d+ behind/,
      async () => ['--', 'sh', '-c', `setsid ${process.execPath} ${SINS} & sleep 0.05`],
    ],
    [
      'a service on two ports',
      /It answers HTTP on several ports, \d+ and \d+: say which one by --port/,
      async () => ['--', process.execPath, await program('two.cjs', TWO_PORTS)],
    ],
    [
      'a path that is answered 500',
      /GET \/ was answered 500 before anything was stopped/,
      async () => ['--', process.execPath, await program('broken.cjs', BROKEN)],
    ],
    [
      'a service that speaks HTTP/2 alone',
      /It speaks HTTP\/2 alone on port \d+, without TLS: the drill needs HTTP\/1\.1 there, too\. /,
      async () => ['--', process.execPath, await program('h2c.cjs', H2C)],
    ],
    [
      'a service that speaks HTTP/2 alone, over TLS',
      /It speaks HTTP\/2 alone on port \d+: the drill needs HTTP\/1\.1 there, too\. /,
      async () => ['--', process.execPath, await program('h2.cjs', H2)],
    ],
    [
      'a service that closes connections without an answer',
      /It listens on port \d+, but closed the connection without an answer to an HTTP request\. /,
      async () => ['--', process.execPath, await program('shut.cjs', SHUT)],
    ],
    [
      'a service that takes what it is sent, and says nothing',
      /It listens on port \d+, but did not answer an HTTP request within 10 s\. {3}1[0-4]\.\d s$/,
      async () => ['--', process.execPath, await program('silent.cjs', SILENT)],
    ],
    [
      'a service that speaks something else',
      /It listens on port \d+, but did not answer an HTTP request by HTTP\/1\. /,
      async () => ['--', process.execPath, await program('mute.cjs', MUTE)],
    ],
  ];

  test.each(cases)('%s', async (_, sentence, words) => {
    const ran = await run(...(await words()));
    expect(ran.status, ran.out + ran.err).toBe(2);
    expect(lastLine(ran) || ran.err).toMatch(sentence);
    expect(leftovers()).toEqual([]);
  });

  test.each(['darwin', 'win32'])('another system than Linux: %s', async (platform) => {
    const other = `data:text/javascript,Object.defineProperty(process,'platform',{value:'${platform}'})`;
    const child = spawn(process.execPath, ['--import', other, CLI, '--', 'node', 'server.js']);
    let out = '';
    child.stdout.on('data', (data) => {
      out += data;
    });
    expect(await once(child, 'close')).toEqual([2, null]);
    expect(out).toContain(`The drill runs on Linux, whose /proc it reads; this is ${platform}`);
  });

  test('a port that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    try {
      const named = await run('--port', String(port), '--', process.execPath, SINS);
      expect([named.status, lastLine(named)]).toEqual([
        2,
        expect.stringContaining(`Port ${port} is in use already`),
      ]);
      const taken = await program('taken.cjs', `require('http').createServer().listen(${port}, '127.0.0.1')`);
      const found = await run('--', process.execPath, taken);
      expect([found.status, lastLine(found)]).toEqual([2, expect.stringContaining('its port is in use')]);
    } finally {
      other.close();
    }
  });
});

const TWO_PORTS = `
const http = require('http');
for (const _ of [1, 2]) http.createServer((_, response) => response.end('x')).listen(0, '127.0.0.1');
`;
const BROKEN = `
require('http').createServer((_, response) => response.writeHead(500).end()).listen(0, '127.0.0.1');
`;
const MUTE = `
require('net').createServer((socket) => socket.end('SSH-2.0-nobody\\r\\n')).listen(0, '127.0.0.1');
`;

const H2C = `
require('http2').createServer((_, response) => response.end('x')).listen(0, '127.0.0.1');
`;
const SILENT = `require('net').createServer((socket) => socket.resume()).listen(0)`;
const SHUT = `
require('net').createServer((socket) => socket.once('data', () => socket.end())).listen(0, '127.0.0.1');
`;
const PEM = (name: string) =>
  JSON.stringify(fileURLToPath(new URL(`../support/certificate/${name}.pem`, import.meta.url)));
const H2 = `
const { readFileSync } = require('fs');
const credentials = { key: readFileSync(${PEM('key')}), cert: readFileSync(${PEM('cert')}) };
require('http2').createSecureServer(credentials, (_, response) => response.end('x')).listen(0, '127.0.0.1');
`;

describe('nothing is left behind', () => {
  const moments = [
    ['while it starts the service', /drilling/, 0],
    ['when the service is ready', /round 1/, 0],
    ['in the middle of a round', /round 1/, 150],
    ['in a later round', /round 2/, 60],
  ] as const;

  const kills: readonly [NodeJS.Signals, number | null][] = [
    ['SIGINT', 130],
    ['SIGTERM', 130],
    ['SIGKILL', null],
  ];

  const cases = kills.flatMap(([signal, status]) =>
    moments.map(([when, line, ms]) => ({ signal, status, when, line, ms })),
  );

  test.each(cases)('by $signal $when', ({ signal, status, line, ms }) =>
    isGoneAfter(start('--', process.execPath, SINS), signal, status, line, ms),
  );

  const inRolling = [
    ['when its proxy is being started', /drilling/, 600],
    ['in a restart', /restart 1/, 250],
    ['between two', /restart 2/, 0],
  ] as const;
  const rolling = kills.flatMap(([signal, status]) =>
    inRolling.map(([when, line, ms]) => ({ signal, status, when, line, ms })),
  );

  test.skipIf(!isThere('haproxy')).each(rolling)(
    'of a rolling restart, by $signal $when',
    async ({ signal, status, line, ms }) => {
      const child = start('--rolling', '--proxy', 'haproxy', '--', process.execPath, SINS);
      await isGoneAfter(child, signal, status, line, ms);
      const patience = status === null ? 5_000 : 0;
      await expect.poll(() => readdir(temporary), { timeout: patience }).toEqual([]);
    },
  );

  test.skipIf(!isThere('haproxy'))('of one that came to its end', async () => {
    const ran = await run('--rolling=1', '--proxy', 'haproxy', '--', process.execPath, SINS);
    expect(ran.status, ran.out + ran.err).toBeLessThan(2);
    expect(leftovers()).toEqual([]);
    expect(await readdir(temporary)).toEqual([]);
  });

  async function isGoneAfter(
    child: ChildProcess,
    signal: NodeJS.Signals,
    status: number | null,
    line: RegExp,
    ms: number,
  ): Promise<void> {
    child.stdout?.resume();
    await new Promise<void>((resolve) => {
      let said = '';
      child.stderr?.on('data', (data) => {
        said += data;
        if (line.test(said)) resolve();
      });
    });
    await new Promise((resolve) => setTimeout(resolve, ms));
    child.kill(signal);
    const [code] = await once(child, 'exit');
    expect(code).toBe(status);
    // The watchdog needs a moment where the drill could not clean up itself.
    const until = performance.now() + (status === null ? 8_000 : 0);
    while (performance.now() < until && leftovers().length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(leftovers()).toEqual([]);
  }
});

test.each(['tty', 'markdown', 'github', 'junit', 'json'])(
  'what the service writes does nothing to who reads the report: %s',
  async (reporter) => {
    const text = `console.error('\\x1b[31mno\\x07 configuration\\x1b]0;title\\x07 \\x9b2J'); process.exit(7)`;
    const { out } = await run(
      '--reporter',
      reporter,
      '--',
      process.execPath,
      await program('loud.cjs', text),
    );
    expect(out).toContain('no configuration');
    expect(out).not.toMatch(/[^\P{Cc}\n]/u);
  },
);

test('help and version are told, with exit status 0', async () => {
  expect(await run('--help')).toMatchObject({
    status: 0,
    out: expect.stringContaining('npx @http-drain/drill'),
  });
  expect(await run('--version')).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

test('a file that can be run needs no interpreter', async () => {
  const file = await program('service', `#!/usr/bin/env node\n${BROKEN.replace('500', '204')}`);
  await chmod(file, 0o755);
  const ran = await run('--rounds', '1', '--', file);
  expect(ran.out).toContain('D002');
  expect(ran.status).toBe(1);
});
