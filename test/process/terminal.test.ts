import { afterEach, expect, test } from 'vitest';
import { killLeftovers, startFixture } from './child.js';

afterEach(killLeftovers);

async function press(signal: NodeJS.Signals, ...args: string[]): Promise<string> {
  const child = startFixture('terminal.mjs', { args });
  await child.number('listening');
  child.signal(signal);
  expect(await child.exited).toEqual({ code: 0, signal: null });
  return child.stderr;
}

test('Ctrl-C at a terminal is answered with a line', async () => {
  expect(await press('SIGINT')).toBe('http-drain: draining; Ctrl-C again cuts it short\n');
});

test.each<[what: string, signal: NodeJS.Signals, ...args: string[]]>([
  ['the signal of a supervisor', 'SIGTERM'],
  ['whoever has a logger', 'SIGINT', 'logger'],
  ['whoever sees the progress', 'SIGINT', 'progress'],
])('nothing is said to %s', async (_what, signal, ...args) => {
  expect(await press(signal, ...args)).toBe('');
});
