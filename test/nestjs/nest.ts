import { once } from 'node:events';
import net from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { killLeftovers } from '../process/child.js';
import { freePort } from '../process/client.js';
import { get } from '../support/client/requests.js';
import { Application } from './application.js';
import { prepare } from './versions.js';

/** What an application tells that has closed in good order. */
const closedOnce = (signal = '') => ['onModuleDestroy', `onApplicationShutdown ${signal}`, 'phase closed'];

const PLATFORMS = ['express', 'fastify'] as const;

/** What @http-drain/nestjs promises, with one version of Nest. */
export function keepsPromises(version: number): void {
  beforeAll(() => prepare(version), 300_000);
  afterEach(killLeftovers);

  describe.each(PLATFORMS)(`NestJS ${version} on %s`, { timeout: 60_000 }, (platform) => {
    test('drains at SIGTERM: what is in flight is answered, then hooks run once, with the signal', async () => {
      const app = await Application.start(version, { platform });
      const idle = await app.connect();
      await idle.write(get('/'));
      expect(String((await idle.answer()).body)).toBe('rows');
      const held = await app.hold();
      app.child.signal('SIGTERM');
      await idle.ended();
      app.finishHeld();
      const answer = await held.answer();
      expect(String(answer.body)).toBe('rows while draining');
      expect(answer.headers.get('connection')).toBe('close');
      expect(await app.ended()).toMatchObject({
        code: 0,
        signal: null,
        told: closedOnce('SIGTERM'),
        stderr: '',
      });
    });

    test('drains in app.close() as at a signal', async () => {
      const app = await Application.start(version, { platform });
      const idle = await app.connect();
      const held = await app.hold();
      app.child.signal('SIGUSR1');
      await idle.ended();
      app.finishHeld();
      expect(String((await held.answer()).body)).toBe('rows while draining');
      const told = ['onModuleDestroy', 'onApplicationShutdown ', 'closed', 'phase closed'];
      expect(await app.ended()).toMatchObject({ code: 0, signal: null, told, stderr: '' });
    });

    test('sends every byte of 24 MB to a reader that is paused when draining begins', async () => {
      const app = await Application.start(version, { platform, nest: { forceCloseConnections: true } });
      const idle = await app.connect();
      const reader = await app.connect();
      await reader.write(get('/large'));
      await reader.head();
      reader.pause();
      app.child.signal('SIGTERM');
      await idle.ended();
      reader.resume();
      const { body, whole } = await reader.answer();
      expect({ length: body.length, whole }).toEqual({ length: 24 * 1024 * 1024, whole: true });
      expect(await app.ended()).toMatchObject({ code: 0, signal: null, told: closedOnce('SIGTERM') });
    });

    test('answers probes and the health check: 200, then 503 from the lame duck on', async () => {
      const paths = { readiness: '/readyz', liveness: '/livez' };
      const app = await Application.start(version, {
        platform,
        options: { ...paths, lameDuckMs: 60_000, deadlineMs: 120_000 },
      });
      const ask = async (path: string) => {
        const client = await app.connect();
        await client.write(get(path));
        const { status, body } = await client.answer();
        client.reset();
        return `${status} ${body}`;
      };
      expect([await ask('/readyz'), await ask('/livez')]).toEqual(['200 ready', '200 live']);
      expect(await ask('/health')).toMatch(/^200 .*"drain":{"status":"up","phase":"serving"}/);
      app.child.signal('SIGTERM');
      await expect.poll(() => ask('/readyz')).toBe('503 draining');
      expect(await ask('/livez')).toBe('200 live');
      expect(await ask('/health')).toMatch(/^503 .*"error":{"drain":{"status":"down","phase":"lame-duck"}}/);
    });
  });

  describe(`NestJS ${version}`, { timeout: 60_000 }, () => {
    test('leaves the signal to enableShutdownHooks() where told to, which drains first', async () => {
      const app = await Application.start(version, {
        options: { signals: false },
        enableShutdownHooks: 'before',
      });
      const idle = await app.connect();
      const held = await app.hold();
      app.child.signal('SIGTERM');
      await idle.ended();
      app.finishHeld();
      expect(String((await held.answer()).body)).toBe('rows while draining');
      const told = ['onModuleDestroy', 'onApplicationShutdown SIGTERM'];
      expect(await app.ended()).toMatchObject({ code: null, signal: 'SIGTERM', told, stderr: '' });
    });

    test.each(['before', 'after'] as const)(
      'runs hooks once where enableShutdownHooks() listens too, and warns of nothing (%s listen)',
      async (when) => {
        const app = await Application.start(version, { enableShutdownHooks: when });
        const idle = await app.connect();
        const held = await app.hold();
        app.child.signal('SIGTERM');
        await idle.ended();
        app.finishHeld();
        expect(String((await held.answer()).body)).toMatch(/^rows/);
        const told = ['onModuleDestroy', 'onApplicationShutdown SIGTERM'];
        expect(await app.ended()).toMatchObject({ code: null, signal: 'SIGTERM', told, stderr: '' });
      },
    );

    test.each(['close', 'close and exit'] as const)(
      'runs hooks once where the program has a handler of its own (%s)',
      async (onSigterm) => {
        const app = await Application.start(version, { onSigterm });
        const held = await app.hold();
        app.child.signal('SIGTERM');
        app.finishHeld();
        expect(String((await held.answer()).body)).toMatch(/^rows/);
        const told = ['onModuleDestroy', 'onApplicationShutdown SIGTERM', 'closed', 'phase closed'];
        const { stderr, ...ended } = await app.ended();
        expect(ended).toMatchObject({ code: onSigterm === 'close' ? 0 : 7, told });
        expect(stderr).not.toContain('the process ends before its drain has');
      },
    );

    test.each(['afterDrain', 'onModuleDestroy'] as const)(
      'lets app.close() be called in %s',
      async (closeIn) => {
        const app = await Application.start(version, { closeIn, options: { deadlineMs: 20_000 } });
        const since = performance.now();
        app.child.signal('SIGTERM');
        expect(await app.ended()).toMatchObject({ code: 0, told: closedOnce('SIGTERM'), stderr: '' });
        expect(performance.now() - since).toBeLessThan(5_000);
      },
    );

    test('cuts what is stuck at the deadline, runs hooks all the same, and exits with 1', async () => {
      const app = await Application.start(version, { options: { deadlineMs: 1_000 } });
      const held = await app.hold();
      app.child.signal('SIGTERM');
      await held.ended();
      expect(await app.ended()).toMatchObject({ code: 1, signal: null, told: closedOnce('SIGTERM') });
    });

    test('never ends the process, where something is left that keeps it alive', async () => {
      const app = await Application.start(version, { leak: true });
      app.child.signal('SIGINT');
      await app.child.saw(/^onApplicationShutdown SIGINT$/m);
      // Nest's own handler would have ended it by now.
      const outcome = await Promise.race([app.ended(), setTimeout(3_000, 'alive')]);
      expect(outcome).toBe('alive');
      app.child.signal('SIGKILL');
    });

    test('takes options from a factory, and a drain of its own', async () => {
      const app = await Application.start(version, {
        ownDrain: true,
        options: { async: true, readiness: '/ready' },
      });
      const client = await app.connect();
      await client.write(get('/ready'));
      expect((await client.answer()).status).toBe(200);
      const held = await app.hold();
      app.child.signal('SIGTERM');
      await client.ended();
      app.finishHeld();
      expect(String((await held.answer()).body)).toBe('rows while draining');
      expect(await app.ended()).toMatchObject({ code: 0, told: closedOnce('SIGTERM'), stderr: '' });
    });

    test('refuses bad options when the application is created', async () => {
      const child = Application.launch(version, { options: { deadlineMs: '10s' as never } });
      expect(await child.exited).toEqual({ code: 1, signal: null });
      expect(child.stderr).toContain('TypeError: Expected `deadlineMs` to be a finite number');
    });

    test('sends clients of ws gateways away with 1001', async () => {
      const app = await Application.start(version, {
        gateways: 'ws',
        options: { webSockets: { reason: 'restart' } },
      });
      const client = new WebSocket(`ws://127.0.0.1:${app.port}`);
      await once(client, 'open');
      client.send(JSON.stringify({ event: 'echo', data: 'hello' }));
      expect(JSON.parse(String((await once(client, 'message'))[0]))).toEqual({
        event: 'echo',
        data: 'hello',
      });
      app.child.signal('SIGTERM');
      const [code, reason] = await once(client, 'close');
      expect([code, String(reason)]).toEqual([1001, 'restart']);
      expect(await app.ended()).toMatchObject({ code: 0, told: closedOnce('SIGTERM'), stderr: '' });
    });

    test('closes the transport of socket.io clients, and those of its namespaces', async () => {
      const app = await Application.start(version, { gateways: 'socket.io' });
      const client = new WebSocket(`ws://127.0.0.1:${app.port}/socket.io/?EIO=4&transport=websocket`);
      const seen: string[] = [];
      client.on('message', (data) => seen.push(String(data)));
      await once(client, 'message');
      client.send('40/chat,');
      await once(client, 'message');
      expect(seen[1]).toMatch(/^40\/chat,/);
      app.child.signal('SIGTERM');
      await once(client, 'close');
      // No packet says that the server disconnected it, upon which it would not come back.
      expect(seen.slice(2)).toEqual([]);
      expect(await app.ended()).toMatchObject({ code: 0, told: closedOnce('SIGTERM'), stderr: '' });
    });

    test('ends with a microservice beside it, and a client that is connected to that', async () => {
      const microservice = await freePort();
      const app = await Application.start(version, { microservice, options: { deadlineMs: 10_000 } });
      const socket = net.connect(microservice, '127.0.0.1');
      await once(socket, 'connect');
      const message = JSON.stringify({ pattern: 'sum', data: [1, 2], id: 'a' });
      socket.write(`${message.length}#${message}`);
      expect(String((await once(socket, 'data'))[0])).toContain('"response":3');
      const held = await app.hold();
      app.child.signal('SIGTERM');
      app.finishHeld();
      expect(String((await held.answer()).body)).toMatch(/^rows/);
      const { told } = await app.ended();
      expect(told.slice(0, 2)).toEqual(closedOnce('SIGTERM').slice(0, 2));
      socket.destroy();
    });

    test('leaves nothing behind in a process that closes one application after the other', async () => {
      const child = Application.launch(version, {}, 'e2e.js');
      expect({ ...(await child.exited), stderr: child.stderr }).toEqual({
        code: 0,
        signal: null,
        stderr: '',
      });
      const lines = child.stdout.split('\n').filter((line) => !line.startsWith('on'));
      const closed = ['express closed serving', 'fastify closed serving'];
      expect(lines).toEqual([...closed, ...closed, 'listeners 0 0', '']);
    });
  });
}
