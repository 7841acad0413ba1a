import { afterEach, describe, expect, test } from 'vitest';
import { killLeftovers, startFixture } from './child.js';
import { accepts, hold } from './client.js';

afterEach(killLeftovers);

interface Report {
  outcome: string;
  durationMs: number;
  requests: Record<string, number>;
  connections: Record<string, number>;
  hooks: { name: string; error?: string }[];
}

/** Each server has a request in flight when the signal comes. */
async function terminate(how: string) {
  const child = startFixture('instances.mjs', { args: [how] });
  await child.saw(/^ready$/m);
  const held = [];
  const ports = [];
  for (const name of ['first', 'second', 'plain']) {
    const port = await child.number(name);
    ports.push(port);
    held.push(hold(port));
    await child.saw(new RegExp(`^request ${name}$`, 'm'));
  }
  child.signal('SIGTERM');
  await child.saw(/^preClose first$/m);
  return { child, ports, held };
}

describe('instances of Fastify in one process', () => {
  test.each(['shutdown', 'closesInHooks', 'closeAfterSignal', 'closeDuringShutdown', 'closeBeforeShutdown'])(
    'are drained with all else in it, and their hooks run before its own: %s',
    async (how) => {
      const { child, ports, held } = await terminate(how);
      await child.saw(/^preClose second$/m);
      for (const port of ports) while (await accepts(port));
      for (const { finish } of held) finish();
      const answers = await Promise.all(held.map(({ answer }) => answer));
      expect(answers.map(({ body }) => body)).toEqual(['first', 'second', 'plain']);

      const report = await child.json<Report>('report');
      expect(await child.exited).toEqual({ code: 0, signal: null });
      expect(child.stderr).toBe('');
      expect(report.outcome).toBe('drained');
      expect(report.requests).toMatchObject({ inFlightAtStart: 3, completed: 3, forced: 0 });
      expect(report.connections).toMatchObject({ openAtStart: 3, forced: 0 });
      expect(report.hooks.filter(({ error }) => error)).toEqual([]);
      expect(report.hooks.map(({ name }) => name).toSorted()).toEqual(
        ['begin', 'end', 'fastify.close', 'fastify.close', 'hook of first', 'hook of second'].toSorted(),
      );
      const steps = child.stdout.split('\n').filter((line) => /^(hook|preClose|onClose|over)/.test(line));
      expect(steps.slice(-2)).toEqual(['hook of the process', 'over']);
      expect(steps.filter((step) => step.endsWith('first'))).toEqual([
        'preClose first',
        'hook of first',
        'onClose first',
      ]);
    },
  );

  test('one that was closed by itself is not in the report of the process', async () => {
    const { child, ports, held } = await terminate('alone');
    expect(child.stdout).not.toContain('preClose second');
    expect(await accepts(ports[1]!)).toBe(true);
    held[0]!.finish();
    expect((await held[0]!.answer).body).toBe('first');
    await child.saw(/^alone serving 2$/m);
    for (const { finish } of held.slice(1)) finish();
    expect(await Promise.all(held.map(async ({ answer }) => (await answer).body))).toEqual([
      'first',
      'second',
      'plain',
    ]);
    const report = await child.json<Report>('report');
    expect(report.requests.completed).toBeLessThanOrEqual(2);
    expect(report.hooks.map(({ name }) => name)).not.toContain('hook of first');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.stderr).toBe('');
  });

  test('whoever closes one, and forgets the hooks of the process, is told at its end', async () => {
    const { child, held } = await terminate('forgetsHooks');
    held[0]!.finish();
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.stderr).toBe('http-drain: the process ends without shutdown(): hooks not run: end\n');
  });
});
