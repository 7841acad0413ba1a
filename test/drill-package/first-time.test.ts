import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Drilled, drill } from '../../packages/drill/dist/index.js';
import { freePort } from '../process/client.js';
import { codesOf, conserves } from './sins/sins.js';

/** What someone who gives nothing but the command is told. */

const here = (name: string) => fileURLToPath(new URL(`services/${name}`, import.meta.url));
const node = (name: string) => [process.execPath, here(name)];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drill-services-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function drilled(command: string[], rounds = 1): Promise<Drilled> {
  const result = await drill({ command, rounds });
  expect(result.failure).toBeNull();
  expect(conserves(result)).toBe(true);
  return result;
}

const title = ({ findings }: Drilled, code: string) =>
  findings.find((finding) => finding.code === code)?.title;

test('process.exit(0) in the handler', async () => {
  const result = await drilled(node('exit.mjs'));
  expect(title(result, 'D003')).toMatch(
    /^it ended \(exit code 0\) while requests were open: \d+ requests lost$/,
  );
  expect(codesOf(result)).toEqual(['D003', 'D031']);
}, 60_000);

test('no handler', async () => {
  const result = await drilled(node('none.mjs'));
  expect(title(result, 'D002')).toMatch(/^it died of SIGTERM at once: \d+ requests lost$/);
  expect(codesOf(result)).toEqual(['D002', 'D031']);
}, 60_000);

test('server.close(), which resets the accept queue and waits for kept and silent connections', async () => {
  const result = await drilled(node('close.mjs'));
  expect(title(result, 'D007')).toMatch(/^\d+ of \d+ requests in the accept queue were reset$/);
  expect(title(result, 'D022')).toMatch(/^the process (took|was still there after) \d/);
  expect(codesOf(result)).toEqual(expect.arrayContaining(['D007', 'D022', 'D031']));
}, 90_000);

test('npm start, which does not pass the signal on to what it has started in a shell', async () => {
  const result = await drilled(['npm', 'start', '--prefix', here('')]);
  expect(title(result, 'D001')).toBe('the signal never reached the process that listens');
  expect(codesOf(result)).toEqual(['D001']);
}, 60_000);

test('sh -c', async () => {
  const result = await drilled(['sh', '-c', `${node('close.mjs').join(' ')}; true`]);
  expect(title(result, 'D001')).toBe('the signal never reached the process that listens');
  expect(codesOf(result)).toEqual(['D001']);
}, 60_000);

test('Fastify as it comes, which waits for 72 s: the drill does not', async () => {
  const result = await drilled(node('fastify.mjs'));
  expect(codesOf(result)).toEqual(expect.arrayContaining(['D014', 'D020', 'D022']));
  const evidence = result.findings.find(({ code }) => code === 'D020')?.evidence.join();
  expect(evidence).toContain('Keep-Alive: timeout=72');
  expect(result.durationMs).toBeLessThan(60_000);
}, 90_000);

test('http-drain', async () => {
  const result = await drilled(node('http-drain.mjs'));
  expect(codesOf(result)).toEqual([]);
  expect(result.exitStatus).toBe(0);
}, 60_000);

test('Python, http.server', async () => {
  const result = await drilled(['python3', here('python.py')]);
  expect(codesOf(result)).toEqual(['D002', 'D031']);
  expect(result.service?.runtime).toBe('python');
}, 60_000);

test('Go, Shutdown', async () => {
  const program = join(folder, 'service');
  const env = { ...process.env, GOCACHE: join(folder, 'cache'), GO111MODULE: 'off' };
  execFileSync('go', ['build', '-o', program, here('main.go')], { env });
  const result = await drilled([program], 3);
  expect(result.service?.runtime).toBe('go');
  // In some rounds it resets all of the accept queue, in others none of it; so with what lies unread.
  const lost = codesOf(result).filter((code) => code < 'D020');
  expect(['D007', 'D008', 'D010', 'D015']).toEqual(expect.arrayContaining(lost));
  expect(lost.length).toBeGreaterThan(0);
}, 180_000);

test.each([
  ['QUIT', 'D007'],
  ['TERM', 'D003'],
])(
  'nginx, SIG%s',
  async (signal, code) => {
    const port = await freePort();
    const config = join(folder, `nginx-${signal}.conf`);
    await writeFile(config, nginx(port));
    const result = await drill({
      command: ['nginx', '-p', folder, '-c', config, '-g', 'daemon off;'],
      signal: `SIG${signal}` as NodeJS.Signals,
      rounds: 1,
    });
    expect(result.failure).toBeNull();
    expect(result.service?.runtime).toBe('nginx');
    expect(codesOf(result)).toContain(code);
  },
  60_000,
);

const nginx = (port: number) => `
pid ${folder}/nginx.pid;
error_log stderr;
events { }
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
  server {
    listen 127.0.0.1:${port};
    location / { return 200 "hello\\n"; }
  }
}
`;
