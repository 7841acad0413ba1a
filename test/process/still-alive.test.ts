import { afterEach, describe, expect, test } from 'vitest';
import { killLeftovers, startFixture } from './child.js';

afterEach(killLeftovers);

async function terminate(...args: string[]) {
  const child = startFixture('still-alive.mjs', { args });
  await child.saw(/^ready$/m);
  child.signal('SIGTERM');
  return child;
}

describe('a process that has drained on a signal and does not end', () => {
  test.each([
    ['interval', '1 timer (Timeout)'],
    ['pool', '3 TCP sockets (TCPSocketWrap)'],
    ['server', '1 listening server (TCPServerWrap)'],
    ['worker', '1 worker thread (Worker)'],
    ['child', '1 child process (ProcessWrap)'],
  ])('says what keeps it alive: %s', async (what, active) => {
    const child = await terminate(what);
    const [line] = await child.saw(/^.*HTTP_DRAIN_STILL_ALIVE.*$/m, 'stderr');
    expect(line).toMatch(/still alive after 2 s: .*$/);
    expect(line.split('after 2 s: ')[1]).toBe(active);
    child.signal('SIGUSR2');
    await child.exited;
    expect(child.stderr.match(/still alive/g)).toHaveLength(1);
  });

  test('says it where shutdown itself is the listener of the signal', async () => {
    const child = await terminate('interval', '', 'listener');
    await child.saw(/HTTP_DRAIN_STILL_ALIVE.*still alive after 2 s: 1 timer \(Timeout\)$/m, 'stderr');
    child.signal('SIGUSR2');
    await child.exited;
    expect(child.stderr.match(/still alive/g)).toHaveLength(1);
  });

  test('says it to the logger of its drain', async () => {
    const child = await terminate('interval', 'logger');
    const { fields, message } = await child.json<{ fields: object; message: string }>('log');
    expect(fields).toEqual({ active: '1 timer (Timeout)' });
    expect(message).toContain('still alive after 2 s: 1 timer (Timeout)');
    expect(child.stderr).toBe('');
  });

  test('says it to a console in one line', async () => {
    const child = await terminate('interval', 'console');
    await child.saw(/still alive/, 'stderr');
    child.signal('SIGUSR2');
    await child.exited;
    expect(child.stderr).toBe(
      'http-drain: drained, but the process is still alive after 2 s: 1 timer (Timeout)\n',
    );
  });

  test('has to be: one that ends is not kept for it', async () => {
    const child = await terminate('nothing');
    await child.saw(/^drained$/m);
    const drainedAt = performance.now();
    await child.saw(/^exits$/m);
    expect(performance.now() - drainedAt).toBeLessThan(1_500);
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.stderr).toBe('');
  });
});
