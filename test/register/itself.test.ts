import { afterEach, expect, test } from 'vitest';
import { killLeftovers } from '../process/child.js';
import { Client } from '../support/client/client.js';
import { get } from '../support/client/requests.js';
import { fixture, startRegistered, WAYS } from './registered.js';

afterEach(killLeftovers);

const ways = Object.keys(WAYS) as (keyof typeof WAYS)[];
const cases = ways.flatMap((way) =>
  ['untilSignal()', 'a listener', 'found by register'].map((how) => [way, how] as const),
);

test.each(cases)(
  '%s: a program that drains itself has one drain, and its options hold (%s)',
  async (way, how) => {
    const env = { HTTP_DRAIN_DEADLINE_MS: '20000' };
    const child = startRegistered(fixture('itself.mjs'), { args: [how], way, env });
    const client = await Client.connect({ port: await child.number('listening'), tls: false });
    await client.write(get('/hang'));
    await child.saw(/^request \/hang$/m);
    child.signal('SIGTERM');
    expect(await child.exited).toEqual({ code: 7, signal: null });
    const report = await child.json<{ outcome: string; durationMs: number; one: boolean; stuck: object[] }>(
      'report',
    );
    expect(report).toMatchObject({ outcome: 'forced', one: true, stuck: [{ url: '/hang' }] });
    expect(report.durationMs).toBeLessThan(1_000);
    // One drain has told of it once, in its own way.
    expect(child.stderr.match(/forced in/g)).toHaveLength(1);
    expect(child.stderr).not.toContain('other listener');
  },
);
