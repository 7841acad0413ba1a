import { afterEach, describe, expect, test } from 'vitest';
import { killLeftovers, startFixture } from './child.js';

afterEach(killLeftovers);

const cloudRun = { K_SERVICE: 'api' };

async function warnings(env: NodeJS.ProcessEnv, configured: object = {}): Promise<string[]> {
  const child = startFixture('platform.mjs', { env, args: [JSON.stringify(configured)] });
  expect(await child.exited).toEqual({ code: 0, signal: null });
  return child.stderr.split('\n').filter((line) => line.includes('HTTP_DRAIN_DEADLINE'));
}

describe('a deadline that the platform does not wait for', () => {
  test.each([
    [
      cloudRun,
      'deadlineMs is 25000, but Cloud Run kills a process 10000 ms after its signal: set deadlineMs to at most 9000',
    ],
    [
      { FLY_APP_NAME: 'api' },
      'deadlineMs is 25000, but Fly.io kills a process 5000 ms after its signal by default (kill_timeout in fly.toml): set deadlineMs to at most 4500',
    ],
  ])('is warned of once, the default too: %j', async (env, text) => {
    const lines = await warnings(env);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`[HTTP_DRAIN_DEADLINE] HttpDrainWarning: ${text}`);
  });

  test.each([
    [{ DYNO: 'web.1' }, 'Heroku', 30_000],
    [{ ECS_CONTAINER_METADATA_URI_V4: 'http://169.254.170.2/v4/1' }, 'Amazon ECS', 30_000],
  ])('is warned of where it is longer than what %j gives', async (env, name, graceMs) => {
    expect(await warnings(env)).toEqual([]);
    expect(await warnings(env, { configure: { deadlineMs: graceMs } })).toEqual([]);
    const [line] = await warnings(env, { configure: { deadlineMs: 60_000 } });
    expect(line).toContain(`deadlineMs is 60000, but ${name} kills a process ${graceMs} ms after its signal`);
  });

  test('is not warned of where it is set in the same breath, nor elsewhere', async () => {
    expect(await warnings(cloudRun, { later: { deadlineMs: 9_000 } })).toEqual([]);
    expect(await warnings({ ...cloudRun, KUBERNETES_SERVICE_HOST: '10.0.0.1' })).toEqual([]);
    expect(await warnings({})).toEqual([]);
  });

  test('is warned of for a drain of its own, too', async () => {
    const [line] = await warnings(cloudRun, {
      configure: { deadlineMs: 8_000 },
      own: { deadlineMs: 12_000 },
    });
    expect(line).toContain('deadlineMs is 12000, but Cloud Run');
  });
});
