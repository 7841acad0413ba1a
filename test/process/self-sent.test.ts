import { afterEach, expect, test } from 'vitest';
import { killLeftovers, startFixture } from './child.js';
import { hold } from './client.js';

afterEach(killLeftovers);

async function untilItHasSent(to: string) {
  const child = startFixture('kills-itself.mjs', { args: [to], detached: true });
  const held = hold(await child.number('listening'));
  await child.saw(/^request \/held$/m);
  child.signal('SIGTERM');
  await child.saw(/^sent$/m);
  return { child, held };
}

test.each(['self', 'group'])('a signal that the process sends to its %s does not force', async (to) => {
  const { child, held } = await untilItHasSent(to);
  held.finish();
  expect((await held.answer).body).toBe('answered');
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(child.stdout).not.toContain('warning forced');
});

test('the next one, which somebody else sends, forces, and one line says so', async () => {
  const { child, held } = await untilItHasSent('self');
  child.signal('SIGTERM');
  expect(await held.answer).toMatchObject({ status: 503 });
  expect(await child.exited).toEqual({ code: 1, signal: null });
  const report = await child.json<{ outcome: string; warnings: string[] }>('report');
  expect(report.outcome).toBe('forced');
  expect(report.warnings).toEqual(['forced: a second signal has come (SIGTERM)']);
  expect(child.stdout.match(/^warning forced: a second signal has come \(SIGTERM\)$/gm)).toHaveLength(1);
});
