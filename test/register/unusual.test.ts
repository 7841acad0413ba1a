import { once } from 'node:events';
import http2 from 'node:http2';
import { afterEach, expect, test } from 'vitest';
import { Child, killLeftovers } from '../process/child.js';
import { Client } from '../support/client/client.js';
import { get } from '../support/client/requests.js';
import { Crowd } from './crowd.js';
import { fixture, startBare, startRegistered, WAYS } from './registered.js';

afterEach(killLeftovers);

const terminated = { code: null, signal: 'SIGTERM' };

test('where Node’s own hooks for signals are not found, a listener does it, and dies with the drain', async () => {
  const before = ['--require', fixture('other-hooks.cjs'), ...WAYS['--require']];
  const child = new Child(process.execPath, [...before, fixture('server.cjs'), 'none'], {
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const crowd = await Crowd.arrive(await child.number('listening'));
  await crowd.queueUp(child, 'SIGTERM');
  expect((await crowd.outcome()).lost).toEqual([]);
  expect(await child.exited).toEqual(terminated);
  expect(child.stderr).toBe('');
});

test('signals that it sends to itself are held, and force nothing', async () => {
  const child = startRegistered(fixture('self-sent.cjs'));
  const client = await Client.connect({ port: await child.number('listening'), tls: false });
  await client.write(get('/'));
  expect((await client.answer()).body.toString()).toBe('slow');
  expect(await child.exited).toEqual(terminated);
  expect(child.stderr).toBe('');
});

test('loaded twice, and both ways, it is there once', async () => {
  const args = [...WAYS['--require'], ...WAYS['--import'], ...WAYS['--require'], fixture('count.cjs')];
  const child = new Child(process.execPath, args, {
    env: { ...process.env, NODE_OPTIONS: WAYS['--require'].join(' ') },
  });
  await child.number('listening');
  child.signal('SIGTERM');
  await child.saw(/^called 1 SIGTERM$/m);
  child.signal('SIGTERM');
  await child.saw(/^called 2 SIGTERM$/m);
  expect(child.stderr).toBe('');
});

test.each(['stream', 'request'])(
  'probes are answered over HTTP/2, too, where the program hears of a %s',
  async (how) => {
    const child = startRegistered(fixture('h2.cjs'), {
      args: [how],
      env: { HTTP_DRAIN_READINESS: '/readyz' },
    });
    const session = http2.connect(`http://127.0.0.1:${await child.number('listening')}`);
    const ask = async (path: string, method = 'GET') => {
      const stream = session.request({ ':path': path, ':method': method }).setEncoding('utf8');
      let body = '';
      stream.on('data', (text) => {
        body += text;
      });
      const [head] = await once(stream, 'response');
      if (!stream.closed) await once(stream, 'close');
      return { status: head[':status'], body };
    };
    expect(await ask('/readyz?x')).toEqual({ status: 200, body: 'ready' });
    expect(await ask('/readyz', 'HEAD')).toEqual({ status: 200, body: '' });
    expect(await ask('/other')).toEqual({ status: 200, body: 'program' });
    expect(child.stdout).not.toContain('/readyz');
    child.signal('SIGTERM');
    expect(await child.exited).toEqual(terminated);
    session.close();
  },
);

test('loaded by a program whose server listens already, it drains that', async () => {
  const child = startBare(fixture('late.mjs'));
  const client = await Client.connect({ port: await child.number('listening'), tls: false });
  await client.write(get('/quick'));
  await client.answer();
  await client.write(get('/slow'));
  child.signal('SIGTERM');
  expect((await client.answer()).body.toString()).toBe('slow');
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(child.stderr).toBe('');
});

test('a server that is given its connections by hand is found by what it is asked', async () => {
  const child = startRegistered(fixture('behind-front.cjs'));
  const client = await Client.connect({ port: await child.number('listening'), tls: false });
  await client.write(get('/held'));
  await child.saw(/^request \/held$/m);
  child.signal('SIGTERM');
  expect((await client.answer()).body.toString()).toBe('slow');
  expect(await child.exited).toEqual({ code: 3, signal: null });
  expect(child.stderr).toBe('');
});

/** Node tells of the streams of a server since 22 (diagnostics_channel). */
const isTold = Number.parseInt(process.versions.node, 10) >= 22;

test('a server of HTTP/2 that is given its connections by hand is found by its streams, where Node tells', async () => {
  const child = startRegistered(fixture('behind-front.cjs'), { args: ['node:http2'] });
  const session = http2.connect(`http://127.0.0.1:${await child.number('listening')}`);
  const stream = session.request({ ':path': '/held' }).setEncoding('utf8');
  let body = '';
  stream.on('data', (text) => {
    body += text;
  });
  await child.saw(/^request \/held$/m);
  child.signal('SIGTERM');
  await once(stream, 'end');
  expect(body).toBe(isTold ? 'slow' : '');
  expect(await child.exited).toEqual({ code: 3, signal: null });
  expect(child.stderr).toBe('');
});
