import { Console } from 'node:console';
import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { createDrain } from '@http-drain/core';
import { gracefulPlugin } from '@http-drain/fastify';
import fastify from 'fastify';
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { listen, serveBusily } from './support.js';

interface Line {
  level: number;
  msg: string;
  [field: string]: unknown;
}

/** A real pino, and the lines that it has written. */
function recorder(): { logger: Logger; lines: Line[] } {
  const lines: Line[] = [];
  const logger = pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line)) });
  return { logger, lines };
}

test('writes JSON: what is waited for as fields and as a sentence, and the report at the end', async () => {
  const { logger, lines } = recorder();
  const { drain, finish, answer } = await serveBusily({ logger });
  const report = drain.shutdown();
  finish();
  await answer;
  await report;
  expect(lines.map(({ msg }) => msg)).toEqual([
    expect.stringMatching(
      /^draining: waiting for 1 request \(oldest GET \/report, \d\.\d s\), 1 connection$/,
    ),
    expect.stringMatching(/^drained in \d\.\d s: 1 request completed$/),
  ]);
  expect(lines[0]).toMatchObject({ level: 30, phase: 'draining', inFlight: 1, connections: 1 });
  expect(lines[1]).toMatchObject({ level: 30, report: await report });
});

test('warns at the end of what went wrong', async () => {
  const { logger, lines } = recorder();
  const { drain, answer, settled } = await serveBusily({ logger });
  drain.afterDrain('cache', () => {
    throw new Error('gone');
  });
  const report = drain.shutdown();
  await settled();
  drain.force();
  await expect(answer).resolves.toMatchObject({ status: 503 });
  await report;
  expect(lines.at(-2)?.msg).toMatch(/^forcing: cutting off 1 request \(.*\), 1 connection$/);
  expect(lines.at(-1)).toMatchObject({
    level: 40,
    msg: expect.stringMatching(
      /^forced in \d\.\d s: 1 request forced; cut off GET \/report after \d\.\d s; hook cache failed \(Error: gone\)$/,
    ),
  });
});

test('names five of many that were cut off, and counts the others', async () => {
  const { logger, lines } = recorder();
  const drain = createDrain({ logger });
  let arrived = 0;
  const all = new Promise<void>((resolve) => {
    void listen(() => ++arrived === 60 && resolve()).then(({ server, url }) => {
      drain.track(server);
      for (let count = 0; count < 60; count++) void fetch(`${url}/report`).catch(() => {});
    });
  });
  await all;
  for (let count = 0; count < 7; count++) drain.waitUntil(new Promise(() => {}), 'a job');
  drain.force();
  const { stuck, background } = await drain.shutdown();
  expect([stuck.length, background.length]).toEqual([60, 7]);
  const { msg } = lines.at(-1)!;
  expect(msg.match(/cut off GET/g)).toHaveLength(5);
  expect(msg).toMatch(/; cut off 55 more; /);
  expect(msg).toMatch(/; did not wait for 2 more$/);
});

test('names a lame duck that lasts', async () => {
  const { logger, lines } = recorder();
  const { drain, finish, answer } = await serveBusily({ logger, lameDuckMs: 50 });
  const report = drain.shutdown();
  finish();
  await answer;
  await report;
  expect(lines[0]?.msg).toMatch(/^lame-duck: unready, still serving 1 request \(.*\), 1 connection$/);
});

test('reads well in pino-pretty', async () => {
  let text = '';
  const screen = new PassThrough();
  screen.on('data', (chunk) => {
    text += chunk;
  });
  const logger = pino(
    { base: null },
    pretty({ colorize: false, hideObject: true, ignore: 'time', destination: screen, sync: true }),
  );
  const { drain, finish, answer } = await serveBusily({ logger });
  const report = drain.shutdown();
  finish();
  await answer;
  await report;
  expect(text).toMatch(
    /^INFO: draining: waiting for 1 request \(oldest GET \/report, \d\.\d s\), 1 connection\nINFO: drained in/,
  );
});

test('Fastify: the drain logs to fastify.log', async () => {
  const { logger, lines } = recorder();
  const option = fastify().version.startsWith('4.') ? 'logger' : 'loggerInstance';
  const app = fastify({ [option]: logger as never });
  const drain = createDrain();
  await app.register(gracefulPlugin, { drain });
  await app.listen({ port: 0, host: '127.0.0.1' });
  await app.close();
  expect(lines.at(-1)?.msg).toMatch(/^drained in/);
});

test.each([
  ['without a logger', () => fastify()],
  ['with a logger of its own', () => fastify({ logger: { level: 'fatal' } })],
])('Fastify %s does not take the logger that the drain was given', async (_, create) => {
  const { logger, lines } = recorder();
  const drain = createDrain({ logger });
  const app = create();
  await app.register(gracefulPlugin, { drain });
  expect(drain.logger).toBe(logger);
  await app.listen({ port: 0, host: '127.0.0.1' });
  await app.close();
  expect(lines.at(-1)?.msg).toMatch(/^drained in/);
});

test("Fastify: the plugin's own option goes before all others", async () => {
  const { logger, lines } = recorder();
  const drain = createDrain({ logger: recorder().logger });
  const app = fastify();
  await app.register(gracefulPlugin, { drain, logger });
  await app.listen({ port: 0, host: '127.0.0.1' });
  await app.close();
  expect(lines.at(-1)?.msg).toMatch(/^drained in/);
});

test('a console gets a line of text each', async () => {
  const output = new PassThrough({ encoding: 'utf8' });
  const { drain, finish, answer } = await serveBusily({ logger: new Console(output, output) });
  drain.afterDrain('cache', () => {
    throw new Error('gone');
  });
  const report = drain.shutdown();
  finish();
  await answer;
  await report;
  expect(output.read()).toMatch(
    /^http-drain: draining: waiting for 1 request \(.*\), 1 connection\nhttp-drain: drained in .*; hook cache failed \(Error: gone\)\n$/,
  );
});

describe('without a logger', () => {
  const warned = vi.fn();
  beforeEach(() => void process.on('warning', warned));
  afterEach(() => {
    process.off('warning', warned);
    warned.mockClear();
  });
  const warnings = async () => {
    await setImmediate();
    return warned.mock.calls.map(([warning]) => warning);
  };

  test('one warning says what was forced', async () => {
    const { drain, answer, settled } = await serveBusily();
    const report = drain.shutdown();
    await settled();
    drain.force();
    await expect(answer).resolves.toMatchObject({ status: 503 });
    expect((await report).clean).toBe(false);
    expect(await warnings()).toEqual([
      expect.objectContaining({
        code: 'HTTP_DRAIN',
        message: expect.stringMatching(/^forced in \d\.\d s: 1 request forced; cut off GET \/report after/),
      }),
    ]);
  });

  test('one warning says which hook has failed', async () => {
    const drain = createDrain();
    drain.afterDrain('cache', () => Promise.reject(new Error('gone')));
    expect(await drain.shutdown()).toMatchObject({ outcome: 'drained', clean: false });
    expect((await warnings()).map(({ message }) => message)).toEqual([
      expect.stringMatching(/^drained in .*: no requests; hook cache failed \(Error: gone\)$/),
    ]);
  });

  test('it names a few of many, and the report all of them', async () => {
    const drain = createDrain();
    for (let i = 0; i < 12; i++) drain.waitUntil(new Promise(() => {}), `job ${i}`);
    const report = drain.shutdown();
    drain.force();
    expect((await report).background).toHaveLength(12);
    const [{ message }] = await warnings();
    expect(message.match(/did not wait for job \d+/g)).toHaveLength(5);
    expect(message).toMatch(/; did not wait for 7 more$/);
  });

  test('nothing is said where nothing went wrong', async () => {
    const { drain, finish, answer } = await serveBusily();
    drain.afterDrain('cache', () => {});
    const report = drain.shutdown();
    finish();
    await answer;
    expect((await report).clean).toBe(true);
    expect(await warnings()).toEqual([]);
  });
});
