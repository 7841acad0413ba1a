import { afterEach, describe, expect, test } from 'vitest';
import { type Child, killLeftovers } from '../process/child.js';
import { Crowd } from './crowd.js';
import { fixture, startBare, startRegistered, WAYS } from './registered.js';

afterEach(killLeftovers);

async function stop(child: Child, signal: NodeJS.Signals = 'SIGTERM') {
  const crowd = await Crowd.arrive(await child.number('listening'));
  await crowd.queueUp(child, signal);
  return { ...(await crowd.outcome()), exit: await child.exited };
}

const nothing = { code: 0, signal: null };
const terminated = { code: null, signal: 'SIGTERM' };
const programs = ['server.mjs', 'server.cjs'];
const ways = Object.keys(WAYS) as (keyof typeof WAYS)[];

describe.each(programs)('%s, whose listener calls process.exit(0) at once', (program) => {
  test.each(ways)('loses nothing with register by %s', async (way) => {
    const child = startRegistered(fixture(program), { args: ['exit'], way });
    const { lost, exit } = await stop(child);
    expect(lost).toEqual([]);
    expect(exit).toEqual(nothing);
    expect(child.stderr).toBe('');
    expect(child.stdout).toMatch(/^listening \d+\n$/);
  });
});

test.each(['text', 'json'])(
  'what it logs (%s) where nobody reads stderr any more is lost, and nothing besides',
  async (log) => {
    const child = startRegistered(fixture('server.cjs'), { args: ['exit'], env: { HTTP_DRAIN_LOG: log } });
    await child.number('listening');
    child.breakStderr();
    const { lost, exit } = await stop(child);
    expect(lost).toEqual([]);
    expect(exit).toEqual(nothing);
  },
);

test('the same program alone loses what is under way, so that the test can fail', async () => {
  const { lost, exit } = await stop(startBare(fixture('server.cjs'), { args: ['exit'] }));
  expect(lost.length).toBeGreaterThan(3);
  expect(exit).toEqual(nothing);
});

test('without a listener it is drained, and dies of the signal', async () => {
  const child = startRegistered(fixture('server.cjs'), { args: ['none'] });
  const { lost, exit } = await stop(child);
  expect(lost).toEqual([]);
  expect(exit).toEqual(terminated);
  expect(child.stderr).toBe('');
});

test('SIGINT is held, too', async () => {
  const child = startRegistered(fixture('server.cjs'), { args: ['none'] });
  const { lost, exit } = await stop(child, 'SIGINT');
  expect(lost).toEqual([]);
  expect(exit).toEqual({ code: null, signal: 'SIGINT' });
});

test('the listener is called with the arguments that Node gives', async () => {
  const child = startRegistered(fixture('server.cjs'), { args: ['arguments'] });
  const { lost, exit } = await stop(child);
  expect(lost).toEqual([]);
  expect(exit).toEqual({ code: 3, signal: null });
  expect(child.stdout).toContain('signal ["SIGTERM",15]\n');
});
test('server.close(callback) and closeAllConnections() do what they did, and close has no error', async () => {
  const child = startRegistered(fixture('server.cjs'), { args: ['close'] });
  const { lost, exit } = await stop(child);
  expect(lost).toEqual([]);
  expect(exit).toEqual(nothing);
  expect(child.stdout).toContain('closed undefined\n');
});

test('the promise of a close resolves', async () => {
  const child = startRegistered(fixture('server.cjs'), { args: ['promise'] });
  const { lost, exit } = await stop(child);
  expect(lost).toEqual([]);
  expect(exit).toEqual(nothing);
  expect(child.stdout).toContain('disposed\n');
});
