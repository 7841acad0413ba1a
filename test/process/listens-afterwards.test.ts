import { afterEach, expect, test } from 'vitest';
import { type Child, killLeftovers, startFixture } from './child.js';
import { get } from './client.js';

afterEach(killLeftovers);

async function closesWhatListensLate(child: Child, begins: string): Promise<void> {
  await child.saw(new RegExp(`^${begins}$`, 'm'));
  child.signal('SIGTERM');
  expect((await get(await child.number('late'))).status).toBe(200);
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(child.stdout).toMatch(new RegExp(`^${begins}\\nlate \\d+\\nclosed\\n$`));
  expect(child.stderr).toMatch(
    /HttpDrainWarning: closed a server that began to listen at 127\.0\.0\.1:\d+ while closed/,
  );
}

test('a server that listens once a signal has been served answers for a while, is closed and told of, and the process ends', async () => {
  await closesWhatListensLate(startFixture('listens-afterwards.mjs'), 'listening');
});

test.each(['tracked-before', 'tracked-then', 'discovered'])(
  'so it is where the signal came while the program started: %s',
  async (known) => {
    const children = ['untilSignal', 'listener'].map((main) =>
      startFixture('listens-late.mjs', { args: [known, main] }),
    );
    await Promise.all(children.map((child) => closesWhatListensLate(child, 'starting')));
  },
);

test('where no signal has come, it is none of the drain', async () => {
  const child = startFixture('listens-afterwards.mjs', { args: ['unasked'] });
  await child.saw(/^true$/m);
  expect(child.stderr).toBe('');
});
