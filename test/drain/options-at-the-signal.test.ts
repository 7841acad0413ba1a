import { once } from 'node:events';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { createDrain, type DrainOptions, type DrainReport } from '@http-drain/core';
import { afterEach, expect, test, vi } from 'vitest';
import { Child, killLeftovers } from '../process/child.js';

afterEach(killLeftovers);

const DURATION = 'a finite number of milliseconds >= 0 and <= 2147483647';
const NAMES =
  'deadlineMs, lameDuckMs, quietMs, cleanupMs, lateRequests, maxConnectionAgeMs, http2LameDuck, closeSpreadMs, urls, logger, ignore';

const unusable: [what: string, options: unknown, warnings: string[]][] = [
  ['the name of a signal, as process.on() gives it', 'SIGTERM', []],
  ['undefined', undefined, []],
  ['null', null, ['Expected `options` to be an object of options, got `null`: it is ignored']],
  ['a number', 15, ['Expected `options` to be an object of options, got `15`: it is ignored']],
  ['a list', [], ['Expected `options` to be an object of options, got `[]`: it is ignored']],
  [
    'a server',
    http.createServer(),
    [
      'Expected `options` to be an object of options, got `an object (Server)`: ' +
        'shutdown() takes no server, it finds them; track(server) adds one',
    ],
  ],
  [
    'what the environment does not have',
    { deadlineMs: Number(process.env.HTTP_DRAIN_UNSET) },
    [`Expected \`deadlineMs\` to be ${DURATION}, got \`NaN\`: it is ignored`],
  ],
  [
    'text of the environment',
    { deadlineMs: '10000' },
    [`Expected \`deadlineMs\` to be ${DURATION}, got \`"10000"\`: it is taken for 10000`],
  ],
  [
    'text that is no number',
    { lameDuckMs: '5s', quietMs: '' },
    [
      `Expected \`lameDuckMs\` to be ${DURATION}, got \`"5s"\`: it is ignored`,
      `Expected \`quietMs\` to be ${DURATION}, got \`""\`: it is ignored`,
    ],
  ],
  [
    'an option that there is not',
    { timeout: 5_000 },
    [`Expected \`options\` to be made of ${NAMES}, got \`"timeout"\`: it is ignored`],
  ],
  [
    'a logger that is none',
    { logger: console.log },
    [
      'Expected `logger` to be a logger with info(fields, message) and warn(fields, message), ' +
        'got `function log`: it is ignored',
    ],
  ],
];

test.each(unusable)('shutdown() drains, given %s', async (_what, options, warnings) => {
  const logger = { info: vi.fn(), warn: vi.fn() };
  const drain = createDrain({ logger });
  const server = http.createServer();
  drain.track(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const report = await drain.shutdown(options as never);
  expect(report).toMatchObject({ outcome: 'drained', warnings, faults: [] });
  expect(server.listening).toBe(false);
  const told = logger.warn.mock.calls.filter(([fields]) => 'options' in fields);
  expect(told.map(([, message]) => message)).toEqual(warnings);
});

test('what can be used of the options is used', async () => {
  const drain = createDrain({ deadlineMs: 5_000 });
  drain.waitUntil(new Promise(() => {}));
  const report = await drain.shutdown({ deadlineMs: '300', lameDuckMs: Number.NaN, urls: 'full' } as never);
  expect(report.outcome).toBe('forced');
  expect(report.durationMs).toBeLessThan(1_000);
});

test('options that throw when they are read are a fault, and the drain begins', async () => {
  const drain = createDrain();
  const options = Object.defineProperty({} as DrainOptions, 'deadlineMs', {
    enumerable: true,
    get() {
      throw new Error('no');
    },
  });
  const { outcome, faults } = await drain.shutdown(options);
  expect({ outcome, faults }).toEqual({
    outcome: 'drained',
    faults: [{ what: 'options', error: 'Error: no' }],
  });
});

/** Times given in two places, and how they are told of. */
const conflicts: [name: string, given: DrainOptions, asked: DrainOptions, hook: boolean, warning: string][] =
  [
    [
      'a lame duck longer than the deadline',
      { lameDuckMs: 1_000 },
      { deadlineMs: 800 },
      false,
      'the lame duck of 1000 ms does not fit into the deadline of 800 ms: it is 400 ms',
    ],
    [
      'a lame duck that leaves no time for hooks',
      { lameDuckMs: 700 },
      { deadlineMs: 800 },
      true,
      'the lame duck of 700 ms does not fit into the deadline of 800 ms, ' +
        'of which 200 are kept for afterDrain hooks: it is 300 ms',
    ],
  ];

test.each(conflicts)('%s is shortened, and told of', async (_name, given, asked, hook, warning) => {
  const drain = createDrain(given);
  const server = http.createServer();
  drain.track(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  if (hook) drain.afterDrain('db', () => {});
  const warned = once(process, 'warning');
  const report: DrainReport = await drain.shutdown(asked);
  expect(report).toMatchObject({ outcome: 'drained', warnings: [warning] });
  expect(report.phases['lame-duck']).toBeGreaterThanOrEqual(290);
  expect((await warned)[0]).toMatchObject({ code: 'HTTP_DRAIN', message: warning });
});

test('force() never throws, whatever the options were', async () => {
  const drain = createDrain({ lameDuckMs: 20_000 });
  drain.configure({ deadlineMs: 1_000 });
  drain.force();
  expect(await drain.shutdown()).toMatchObject({ outcome: 'forced' });
});

test("process.on('SIGTERM', shutdown) drains", async () => {
  const program = fileURLToPath(new URL('fixtures/plain-listener.mjs', import.meta.url));
  const child = new Child(process.execPath, [program]);
  const port = await child.number('listening');
  const answer = fetch(`http://127.0.0.1:${port}/slow`);
  await child.saw(/^request$/m);
  child.signal('SIGTERM');
  expect(await (await answer).text()).toBe('served');
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(child.stderr).toBe('');
});

test('methods taken off a drain work', async () => {
  const { snapshot, waitUntil, afterDrain, shutdown } = createDrain();
  const hook = vi.fn();
  afterDrain('hook', hook);
  waitUntil(Promise.resolve());
  expect(snapshot()).toMatchObject({ phase: 'serving', hooks: ['hook'] });
  await shutdown();
  expect(hook).toHaveBeenCalledOnce();
});
