import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type Child, killLeftovers } from '../process/child.js';
import { freePort } from '../process/client.js';
import { Client } from '../support/client/client.js';
import { get } from '../support/client/requests.js';
import { fixture, startRegistered } from './registered.js';

afterEach(killLeftovers);

const terminated = { code: null, signal: 'SIGTERM' };

const start = (env: NodeJS.ProcessEnv) => startRegistered(fixture('logger.cjs'), { env });

async function ask(child: Child, path: string): Promise<Client> {
  const client = await Client.connect({ port: await child.number('listening'), tls: false });
  await client.write(get(path));
  return client;
}

/** Sends SIGTERM while a request hangs. */
async function stopHanging(child: Child): Promise<Client> {
  const client = await ask(child, '/hang?secret');
  await child.saw(/^request \/hang/m);
  child.signal('SIGTERM');
  return client;
}

describe('HTTP_DRAIN_PROBE_PORTS', () => {
  test('are of servers that close last: one that another one asks while it finishes', async () => {
    const port = await freePort();
    const env = { BACK: `${port}`, HTTP_DRAIN_PROBE_PORTS: `9,${port}` };
    const child = startRegistered(fixture('asks-itself.cjs'), { env });
    const client = await ask(child, '/');
    await child.saw(/^request$/m);
    child.signal('SIGTERM');
    const { status, body } = await client.answer();
    expect({ status, body: body.toString() }).toEqual({ status: 200, body: 'what the other one says' });
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.stderr).toBe('');
  });

  test('that are none are named', async () => {
    const child = start({ HTTP_DRAIN_PROBE_PORTS: '9090;9091' });
    await child.number('listening');
    child.signal('SIGTERM');
    await child.exited;
    expect(child.stderr).toBe(
      'http-drain: Expected `HTTP_DRAIN_PROBE_PORTS` to be a list of ports, as 9090,9091, got `"9090;9091"`; it is ignored\n',
    );
  });
});

describe('HTTP_DRAIN_LOG', () => {
  const env = { HTTP_DRAIN_DEADLINE_MS: '300' };

  test('says by default one line, at the end, where something was forced', async () => {
    const child = start(env);
    await stopHanging(child);
    expect(await child.exited).toEqual(terminated);
    expect(child.stderr).toMatch(
      /^http-drain: forced in \d\.\d s: 1 request forced; cut off GET \/hang after .*\n$/,
    );
  });

  test('says by default nothing where nothing was lost', async () => {
    const child = start(env);
    await (await ask(child, '/quick')).answer();
    child.signal('SIGTERM');
    expect(await child.exited).toEqual(terminated);
    expect(child.stderr).toBe('');
  });

  test('text is a line at each phase', async () => {
    const child = start({ ...env, HTTP_DRAIN_LOG: 'text' });
    await stopHanging(child);
    await child.exited;
    const lines = child.stderr.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.every((line) => line.startsWith('http-drain: '))).toBe(true);
    expect(lines[0]).toMatch(/draining: waiting for 1 request \(oldest GET \/hang, .*\), 1 connection/);
    expect(lines.at(-1)).toMatch(/forced in \d\.\d s/);
  });

  test('json is an object in each line', async () => {
    const child = start({ ...env, HTTP_DRAIN_LOG: 'json' });
    await stopHanging(child);
    await child.exited;
    const lines = child.stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ level: 'info', name: 'http-drain', pid: child.pid, phase: 'draining' });
    expect(lines.at(-1)).toMatchObject({ level: 'warn', report: { outcome: 'forced' } });
    expect(Math.abs(lines[0].time - Date.now())).toBeLessThan(60_000);
  });

  test('off says nothing', async () => {
    const child = start({ ...env, HTTP_DRAIN_LOG: 'off' });
    await stopHanging(child);
    expect(await child.exited).toEqual(terminated);
    expect(child.stderr).toBe('');
  });
});

test('bad variables are named on stderr, each with what was expected, and ignored', async () => {
  const child = start({
    HTTP_DRAIN_DEADLINE_MS: '10s',
    HTTP_DRAIN_LAME_DUCK_MS: '-1',
    HTTP_DRAIN_QUIET_MS: 'Infinity',
    HTTP_DRAIN_LATE_REQUESTS: 'drop',
    HTTP_DRAIN_READINESS: 'readyz',
    HTTP_DRAIN_LIVENESS: '/live?z',
    HTTP_DRAIN_LOG: 'loud',
  });
  await (await ask(child, '/quick')).answer();
  child.signal('SIGTERM');
  expect(await child.exited).toEqual(terminated);
  const lines = child.stderr.trimEnd().split('\n');
  const milliseconds = 'a finite number of milliseconds >= 0 and <= 2147483647';
  const complaint = (name: string, expected: string, given: string) =>
    `http-drain: Expected \`HTTP_DRAIN_${name}\` to be ${expected}, got \`"${given}"\`; it is ignored`;
  expect(lines).toEqual([
    complaint('DEADLINE_MS', milliseconds, '10s'),
    complaint('LAME_DUCK_MS', milliseconds, '-1'),
    complaint('QUIET_MS', milliseconds, 'Infinity'),
    complaint('LATE_REQUESTS', "'serve' or 'reject'", 'drop'),
    complaint('READINESS', "a path that begins with '/'", 'readyz'),
    complaint('LIVENESS', "a path that begins with '/'", '/live?z'),
    complaint('LOG', "'text', 'json' or 'off'", 'loud'),
  ]);
});

test('variables that do not go together: the later is named, and ignored', async () => {
  const child = start({ HTTP_DRAIN_DEADLINE_MS: '1000', HTTP_DRAIN_LAME_DUCK_MS: '2000' });
  const sentAt = performance.now();
  await stopHanging(child);
  expect(await child.exited).toEqual(terminated);
  expect(performance.now() - sentAt).toBeLessThan(15_000);
  expect(child.stderr).toMatch(
    /^http-drain: Expected `HTTP_DRAIN_LAME_DUCK_MS` to be less than .*; it is ignored$/m,
  );
});

test('an empty variable is none, and those of a Kubernetes service are none of ours', async () => {
  const child = start({ HTTP_DRAIN_DEADLINE_MS: '', HTTP_DRAIN_PORT: 'tcp://10.0.0.1:80', HTTP_DRAIN: '' });
  await (await ask(child, '/quick')).answer();
  child.signal('SIGTERM');
  expect(await child.exited).toEqual(terminated);
  expect(child.stderr).toBe('');
});

test('HTTP_DRAIN=off: as without register', async () => {
  const child = start({ HTTP_DRAIN: 'off', HTTP_DRAIN_READINESS: '/quick/ready' });
  expect((await (await ask(child, '/quick/ready')).answer()).body.toString()).toBe('quick');
  const client = await stopHanging(child);
  expect(await child.exited).toEqual(terminated);
  expect(await client.ended()).toBe('fin');
  expect(child.stderr).toBe('');
});

describe('probes', () => {
  const env = {
    HTTP_DRAIN_READINESS: '/readyz',
    HTTP_DRAIN_LIVENESS: '/livez',
    HTTP_DRAIN_LAME_DUCK_MS: '800',
  };

  test('are answered before the program sees them, ready until the lame duck, and hold nothing up', async () => {
    const child = start({ ...env });
    const answer = async (path: string) => (await ask(child, path)).answer();
    expect(await answer('/readyz')).toMatchObject({ status: 200, body: Buffer.from('ready') });
    expect(await answer('/livez?x=1')).toMatchObject({ status: 200, body: Buffer.from('live') });
    expect(await answer('/quick')).toMatchObject({ status: 200, body: Buffer.from('quick') });
    child.signal('SIGTERM');
    let ready = await answer('/readyz');
    while (ready.status === 200) {
      await delay(10);
      ready = await answer('/readyz');
    }
    expect(ready).toMatchObject({ status: 503, body: Buffer.from('draining') });
    expect(await answer('/livez')).toMatchObject({ status: 200 });
    expect(await answer('/quick')).toMatchObject({ status: 200 });
    expect(await child.exited).toEqual(terminated);
    expect(child.stdout).not.toMatch(/readyz|livez/);
  });

  test('HEAD has no body; another method is the program’s', async () => {
    const child = start({ ...env });
    const port = await child.number('listening');
    const client = await Client.connect({ port, tls: false });
    await client.write('HEAD /readyz HTTP/1.1\r\nHost: test\r\n\r\n');
    await client.until(() => client.bytesRead > 0);
    await client.write('POST /readyz HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n');
    await child.saw(/^request \/readyz$/m);
  });
});
