import { once } from 'node:events';
import { createRequire } from 'node:module';
import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { killLeftovers, startFixture } from './child.js';
import { get, hold } from './client.js';

afterEach(killLeftovers);

/** From 5 on Express calls back with an error of `listen()`; before, nobody takes it. */
const { version } = createRequire(import.meta.url)('express/package.json') as { version: string };
const callsBackWithError = !version.startsWith('4.');

type Counts = { listeners: Record<string, number>; untouched: boolean };

describe('untilSignal', () => {
  test('registers nothing before it is called and leaves nothing behind after the drain', async () => {
    const child = startFixture('listener-counts.mjs', { ipc: true });
    const before = await child.json<Counts>('before');
    const during = await child.json<Counts>('during');
    child.signal('SIGTERM');
    const after = await child.json<Counts>('after');

    expect(before.listeners).not.toHaveProperty('SIGTERM');
    expect(before.untouched).toBe(true);
    expect(during.listeners).toMatchObject({ SIGTERM: 1, SIGINT: 1, message: 1 });
    expect(during.untouched).toBe(true);
    expect(after).toEqual(before);
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'resolves with %s, and the drain runs to its end',
    async (name) => {
      const child = startFixture('serve.mjs');
      const port = await child.number('listening');
      const held = hold(port);
      await child.saw(/^request \/held$/m);
      child.signal(name);
      await child.saw(new RegExp(`^signal ${name}$`, 'm'));
      held.finish();

      expect((await held.answer).body).toBe('answered');
      expect(await child.exited).toEqual({ code: 0, signal: null });
      expect(child.stdout).toMatch(/hook cleanup\nreport /);
      expect(child.stderr).toBe('');
    },
  );

  test('waits for the signals it is given and for no others', async () => {
    const child = startFixture('serve.mjs', { args: [JSON.stringify({ until: { signals: ['SIGUSR2'] } })] });
    await child.number('listening');
    child.signal('SIGUSR2');
    await child.saw(/^signal SIGUSR2$/m);
    expect(await child.exited).toEqual({ code: 0, signal: null });

    const other = startFixture('serve.mjs', { args: [JSON.stringify({ until: { signals: ['SIGUSR2'] } })] });
    await other.number('listening');
    other.signal('SIGTERM');
    expect(await other.exited).toEqual({ code: null, signal: 'SIGTERM' });
  });

  test.each(['shutdown', { type: 'shutdown' }])(
    'begins at the IPC message %j only if told to',
    async (message) => {
      const until = { message: 'shutdown' };
      const child = startFixture('serve.mjs', { ipc: true, args: [JSON.stringify({ until })] });
      const port = await child.number('listening');
      child.send('something else');
      expect((await get(port)).body).toBe('answered');
      expect(child.stdout).not.toContain('signal');

      child.send(message);
      if (typeof message === 'string') {
        await child.saw(/^signal shutdown$/m);
        // Nothing of the library holds the channel: the process ends by itself with its parent still connected.
        expect(await child.exited).toEqual({ code: 0, signal: null });
      } else {
        expect((await get(port)).body).toBe('answered');
      }
    },
  );

  test('resolves when somebody else began the drain', async () => {
    const child = startFixture('drained-elsewhere.mjs');
    const port = await child.number('listening');
    expect((await get(port, '/stop')).body).toBe('stopping');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.stdout).toMatch(/^resolved string\noutcome drained\nlisteners 0$/m);
  });
});

describe('a server that cannot listen', () => {
  async function takenPort() {
    const blocker = net.createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    return { port: (blocker.address() as net.AddressInfo).port, free: () => blocker.close() };
  }

  // A path in a folder that does not exist is EACCES on every platform, and for root too.
  const forbiddenPath = '/no/such/folder/http.sock';

  test.each(['http', 'express', 'fastify'])(
    'rejects with the error of the %s server itself',
    async (kind) => {
      const taken = await takenPort();
      const inUse = startFixture('failed-listen.mjs', { args: [kind, taken.port] });
      const denied = startFixture('failed-listen.mjs', { args: [kind, forbiddenPath] });

      for (const [child, code] of [
        [inUse, 'EADDRINUSE'],
        [denied, 'EACCES'],
      ] as const) {
        expect(await child.exited).toEqual({ code: 3, signal: null });
        expect(child.stdout).toBe(`caught ${code} true\ncleaned up, listeners 0\n`);
        expect(child.stderr).toBe('');
      }
      taken.free();
    },
  );

  test.each(['later', 'fastify', ...(callsBackWithError ? ['express'] : [])])(
    'is left to a program that takes the error and listens elsewhere: %s',
    async (how) => {
      const taken = await takenPort();
      const child = startFixture('retries-listen.mjs', { args: [how, taken.port] });
      expect((await get(await child.number('listening'))).body).toBe('ok');
      child.signal('SIGTERM');
      expect(await child.exited).toEqual({ code: 0, signal: null });
      expect(child.stdout).toMatch(/^listening \d+\nsignal SIGTERM\n$/);
      taken.free();
    },
  );

  test('whose program takes the error, and does nothing more, holds no process', async () => {
    const taken = await takenPort();
    const child = startFixture('retries-listen.mjs', { args: ['onlyLogs', taken.port] });
    expect((await child.exited).code).toBe(13);
    expect(child.stdout).toBe('logged EADDRINUSE\n');
    taken.free();
  });

  test('rejects where Express has an error that nobody looks at', async () => {
    const taken = await takenPort();
    const child = startFixture('retries-listen.mjs', { args: ['ignoresError', taken.port] });
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.stdout).toBe(`${callsBackWithError ? 'called\n' : ''}caught EADDRINUSE\n`);
    taken.free();
  });

  test('still crashes a process whose main waits for no signal', async () => {
    const taken = await takenPort();
    const child = startFixture('unattended-listen.mjs', { args: [taken.port] });
    expect(await child.exited).toEqual({ code: 1, signal: null });
    expect(child.stderr).toContain('EADDRINUSE');
    taken.free();
  });
});
