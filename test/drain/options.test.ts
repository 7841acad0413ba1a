import { EventEmitter } from 'node:events';
import http from 'node:http';
import { createServer, Socket } from 'node:net';
import { createDrain, untilSignal } from '@http-drain/core';
import { drain as expressDrain } from '@http-drain/express';
import { gracefulPlugin } from '@http-drain/fastify';
import express from 'express';
import fastify from 'fastify';
import { expect, test, vi } from 'vitest';
import { cleanupReserve, DEFAULTS, resolveOptions } from '../../packages/core/src/drain/options.js';

const DURATION = 'a finite number of milliseconds >= 0 and <= 2147483647';
const LOGGER = 'a logger with info(fields, message) and warn(fields, message)';

const wrong: [name: string, options: unknown, message: string][] = [
  ['a string for a time', { deadlineMs: '10s' }, `Expected \`deadlineMs\` to be ${DURATION}, got \`"10s"\``],
  ['a negative time', { lameDuckMs: -1 }, `Expected \`lameDuckMs\` to be ${DURATION}, got \`-1\``],
  ['no number', { quietMs: Number.NaN }, `Expected \`quietMs\` to be ${DURATION}, got \`NaN\``],
  ['an endless time', { cleanupMs: Infinity }, `Expected \`cleanupMs\` to be ${DURATION}, got \`Infinity\``],
  [
    'more than a timer takes',
    { deadlineMs: 2 ** 31 },
    `Expected \`deadlineMs\` to be ${DURATION}, got \`2147483648\``,
  ],
  ['null', { deadlineMs: null }, `Expected \`deadlineMs\` to be ${DURATION}, got \`null\``],
  [
    'an unknown way with late requests',
    { lateRequests: 'drop' },
    "Expected `lateRequests` to be 'serve' or 'reject', got `\"drop\"`",
  ],
  [
    'an unknown extent of URLs',
    { urls: ['path'] },
    "Expected `urls` to be 'path' or 'full', got `[\"path\"]`",
  ],
  [
    'a logger that is a function',
    { logger: console.log },
    `Expected \`logger\` to be ${LOGGER}, got \`function log\``,
  ],
  [
    'a logger without warn',
    { logger: { info() {} } },
    `Expected \`logger\` to be ${LOGGER}, got \`an object (Object)\``,
  ],
  ['an ignore that is no function', { ignore: true }, 'Expected `ignore` to be a function, got `true`'],
  [
    'an option that there is not',
    { timeout: 5 },
    'Expected `options` to be made of deadlineMs, lameDuckMs, quietMs, cleanupMs, lateRequests, maxConnectionAgeMs, http2LameDuck, closeSpreadMs, urls, logger, ignore, got `"timeout"`',
  ],
  ['options that are no object', 5, 'Expected `options` to be an object, got `5`'],
  ['options that are a list', [], 'Expected `options` to be an object, got `[]`'],
  ['options that are null', null, 'Expected `options` to be an object, got `null`'],
  [
    'a lame duck as long as the deadline',
    { deadlineMs: 1_000, lameDuckMs: 1_000 },
    'Expected `lameDuckMs` to be less than the deadline of 1000 ms, got `1000`',
  ],
  [
    'a lame duck that leaves no time for the clean-up that was asked for',
    { deadlineMs: 1_000, lameDuckMs: 800, cleanupMs: 250 },
    'Expected `lameDuckMs` to be less than the deadline of 1000 ms less 250 of cleanup, got `800`',
  ],
];

test.each(wrong)('says what is wrong with %s', (_name, options, message) => {
  expect(() => createDrain(options as never)).toThrow(new TypeError(message));
  const drain = createDrain();
  expect(() => drain.configure(options as never)).toThrow(new TypeError(message));
  expect(drain.phase).toBe('serving');
});

test('takes an option that is undefined for one that was not given', () => {
  expect(resolveOptions({ deadlineMs: undefined, urls: undefined })).toEqual(DEFAULTS);
});

test('puts options on top of those that there are', () => {
  const base = resolveOptions({ deadlineMs: 9_000, urls: 'full' });
  expect(resolveOptions({ deadlineMs: 8_000 }, base)).toEqual({
    ...DEFAULTS,
    deadlineMs: 8_000,
    urls: 'full',
  });
});

test('leaves a conflict with what was given elsewhere to the signal', () => {
  const long = resolveOptions({ deadlineMs: 60_000 });
  expect(resolveOptions({ lameDuckMs: 30_000 }, long)).toMatchObject({ lameDuckMs: 30_000 });
  const short = resolveOptions({ deadlineMs: 8_000 });
  expect(resolveOptions({ lameDuckMs: 10_000 }, short)).toMatchObject({ lameDuckMs: 10_000 });
  const duck = resolveOptions({ lameDuckMs: 10_000 });
  expect(resolveOptions({ deadlineMs: 8_000 }, duck)).toMatchObject({ deadlineMs: 8_000 });
  const expected = 'Expected `lameDuckMs` to be less than the deadline of 25000 ms, got `30000`';
  expect(() => resolveOptions({ lameDuckMs: 30_000 })).toThrow(new TypeError(expected));
});

test('keeps for clean-up no more than a quarter of the deadline', () => {
  expect(cleanupReserve(resolveOptions({ deadlineMs: 1_000, cleanupMs: 900 }))).toBe(250);
  expect(cleanupReserve(resolveOptions({ deadlineMs: 25_000 }))).toBe(5_000);
});

const misuses: [what: string, misuse: () => void, message: string][] = [
  [
    'tracking an app',
    () => createDrain().track(function app() {} as never),
    'Expected `server` to be an http, https or http2 server, got `function app`',
  ],
  [
    'a probe that is no boolean',
    () => createDrain().track(http.createServer(), { probe: 1 as never }),
    'Expected `probe` to be true or false, got `1`',
  ],
  [
    'a name that is no string',
    () => createDrain().track(http.createServer(), { name: 5 as never }),
    'Expected `name` to be a string, got `5`',
  ],
  [
    'a hook without a name',
    () => createDrain().afterDrain('', () => {}),
    'Expected `name` to be a name for the hook, got `""`',
  ],
  [
    'a hook that is no function',
    () => createDrain().beforeDrain('db', undefined as never),
    'Expected `fn` to be a function, got `undefined`',
  ],
  [
    'an option of tracking that there is not',
    () => createDrain().track(http.createServer(), { names: 'api' } as never),
    'Expected `options` to be made of probe, name, got `"names"`',
  ],
  [
    'options of tracking that are null',
    () => createDrain().track(http.createServer(), null as never),
    'Expected `options` to be an object, got `null`',
  ],
  [
    'an option of WebSockets that there is not',
    () => createDrain().trackWebSockets(new EventEmitter() as never, { cod: 1001 } as never),
    'Expected `options` to be made of code, reason, spreadMs, got `"cod"`',
  ],
  [
    'a signal that there is not',
    () => void untilSignal({ signals: ['SIGTEM' as never] }),
    'Expected `signals` to be a list of signals that can be caught, as [\'SIGTERM\'], got `["SIGTEM"]`',
  ],
  [
    'a signal that nobody can catch',
    () => void untilSignal({ signals: ['SIGKILL'] }),
    'Expected `signals` to be a list of signals that can be caught, as [\'SIGTERM\'], got `["SIGKILL"]`',
  ],
  [
    'a drain that is none',
    () => void untilSignal({ drain: {} as never }),
    'Expected `drain` to be a drain, from createDrain(), got `an object (Object)`',
  ],
  [
    'a drain that is none, for Express',
    () => expressDrain({ drain: {} as never }),
    'Expected `drain` to be a drain, from createDrain(), got `an object (Object)`',
  ],
  [
    'readiness and liveness on one path',
    () => expressDrain({ readiness: '/health', liveness: '/health' }),
    'Expected `liveness` to be another path than that of readiness, got `"/health"`',
  ],
  [
    'background work with a name that is no string',
    () => createDrain().waitUntil(Promise.resolve(), 5 as never),
    'Expected `name` to be a string, got `5`',
  ],
  [
    'waiting for what is no promise',
    () => createDrain().waitUntil('flush' as never),
    'Expected `promise` to be a promise, got `"flush"`',
  ],
];

const ALL =
  'drain, readiness, liveness, deadlineMs, lameDuckMs, quietMs, cleanupMs, lateRequests, maxConnectionAgeMs, http2LameDuck, closeSpreadMs, urls, logger, ignore';

misuses.push(
  [
    'an option that Express does not have',
    () => expressDrain({ timeout: 5 } as never),
    `Expected \`options\` to be made of ${ALL}, got \`"timeout"\``,
  ],
  [
    'an app given to the middleware',
    () => expressDrain(express() as never),
    'Expected `options` to be an object, got `function app`: write app.use(drain())',
  ],
  [
    'a server given to the middleware',
    () => expressDrain(http.createServer() as never),
    'Expected `options` to be an object of options, got `an object (Server)`: write app.use(drain())',
  ],
  [
    'a server given to a new drain',
    () => createDrain(http.createServer() as never),
    'Expected `options` to be an object of options, got `an object (Server)`',
  ],
  [
    'the name of a signal to wait for',
    () => untilSignal('SIGTERM' as never),
    'Expected `options` to be an object, got `"SIGTERM"`: write untilSignal({ signals: [\'SIGTERM\'] })',
  ],
  [
    'the middleware used without being called',
    () => expressDrain(new http.IncomingMessage(new Socket()) as never),
    'Expected `drain` to be called once, not for each request: write app.use(drain())',
  ],
  [
    'tracking an app of Express',
    () => createDrain().track(express() as never),
    'Expected `server` to be an http, https or http2 server, got `function app`: write track(app.listen(port))',
  ],
  [
    'tracking a server of node:net',
    () => createDrain().track(createServer() as never),
    'Expected `server` to be an http, https or http2 server, got `an object (Server)`: track the server that it hands its connections to',
  ],
  [
    'tracking an instance of Fastify',
    () => createDrain().track(fastify() as never),
    'Expected `server` to be an http, https or http2 server, got `an object (Object)`: write track(fastify.server)',
  ],
);

test.each(misuses)('says what is wrong with %s', (_name, misuse, message) => {
  expect(misuse).toThrow(new TypeError(message));
});

test.each([
  [{ timeout: 5 }, `Expected \`options\` to be made of ${ALL}, got \`"timeout"\``],
  [5, 'Expected `options` to be an object, got `5`: write register(gracefulPlugin)'],
])('Fastify says what is wrong with options like %j', async (options, message) => {
  await expect(fastify().register(gracefulPlugin, options as never)).rejects.toThrow(new TypeError(message));
});

test('Fastify says that the plugin is called instead of registered', async () => {
  const message = 'Expected `options` to be an object, got `undefined`: write register(gracefulPlugin)';
  await expect(gracefulPlugin(fastify(), undefined as never)).rejects.toThrow(new TypeError(message));
});

test('Fastify says that the plugin is registered twice', async () => {
  const app = fastify();
  await app.register(gracefulPlugin);
  const message = 'Expected `gracefulPlugin` to be registered once, but there is a `fastify.drain` already';
  await expect(app.register(gracefulPlugin)).rejects.toThrow(new TypeError(message));
});

test('seconds that were meant for milliseconds are told of, and taken as they are', async () => {
  const logger = { info: vi.fn(), warn: vi.fn() };
  createDrain({ logger, deadlineMs: 25 }).configure({ lameDuckMs: 5 });
  createDrain({ logger, maxConnectionAgeMs: 300 });
  createDrain({ logger, deadlineMs: 100, lameDuckMs: 31, maxConnectionAgeMs: 1_000 });
  expect(logger.warn.mock.calls.map(([, message]) => message)).toEqual([
    '`deadlineMs` is in milliseconds, 25 of them are 0.025 s: for 25 s write 25000',
    '`lameDuckMs` is in milliseconds, 5 of them are 0.005 s: for 5 s write 5000',
    '`maxConnectionAgeMs` is in milliseconds, 300 of them are 0.3 s: for 300 s write 300000',
  ]);
});
