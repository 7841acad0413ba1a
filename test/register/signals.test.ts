import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type Child, killLeftovers } from '../process/child.js';
import { Client } from '../support/client/client.js';
import { get as request } from '../support/client/requests.js';
import { fixture, startBare, startRegistered } from './registered.js';

afterEach(killLeftovers);

const terminated = { code: null, signal: 'SIGTERM' };
/** A second signal forces only half a second after the first, which has come once the drain says so. */
async function nextPress(child: Child): Promise<void> {
  await child.saw(/draining/, 'stderr');
  await delay(600);
}

const telling = { env: { HTTP_DRAIN_LOG: 'text' } };

test('listeners and their lists are as they are without register', async () => {
  const [bare, registered] = [startBare(fixture('look.cjs')), startRegistered(fixture('look.cjs'))];
  expect(await registered.exited).toEqual({ code: 4, signal: null });
  expect(await bare.exited).toEqual(await registered.exited);
  expect(registered.stdout).toBe(bare.stdout);
  expect(registered.stdout).toMatch(/^first\nsecond\nlast SIGTERM 15$/m);
  expect(registered.stderr).toBe('');
});

async function requestInFlight(child: Child, path = '/hang'): Promise<Client> {
  const client = await Client.connect({ port: await child.number('listening'), tls: false });
  await client.write(request(path));
  await child.saw(new RegExp(`^request ${path}$`, 'm'));
  return client;
}

describe('a second signal', () => {
  test('forces; then the listeners are called, once; a third goes straight through', async () => {
    const child = startRegistered(fixture('count.cjs'), telling);
    const client = await requestInFlight(child);
    child.signal('SIGTERM');
    await nextPress(child);
    expect(child.stdout).not.toContain('called');
    child.signal('SIGTERM');
    await child.saw(/^called 1 SIGTERM$/m);
    expect(await client.ended()).not.toBe('own');
    child.signal('SIGTERM');
    await child.saw(/^called 2 SIGTERM$/m);
    await child.saw(/^http-drain: forced in .*cut off GET \/hang after .*$/m, 'stderr');
  });

  test('may be another one; the first is delivered', async () => {
    const child = startRegistered(fixture('count.cjs'), telling);
    await requestInFlight(child);
    child.signal('SIGINT');
    await nextPress(child);
    child.signal('SIGTERM');
    await child.saw(/^called 1 SIGINT$/m);
    child.signal('SIGTERM');
    await child.saw(/^called 2 SIGTERM$/m);
  });

  test('within half a second is the same one: it forces nothing', async () => {
    const child = startRegistered(fixture('count.cjs'));
    const client = await requestInFlight(child, '/slow');
    child.signal('SIGINT');
    child.signal('SIGINT');
    expect((await client.answer()).body.toString()).toBe('slow');
    await child.saw(/^called 1 SIGINT$/m);
    expect(child.stderr).toBe('');
  });
});

test('the deadline holds for the drain; then the listeners are called', async () => {
  const child = startRegistered(fixture('count.cjs'), { env: { HTTP_DRAIN_DEADLINE_MS: '1000' } });
  const client = await requestInFlight(child);
  const sentAt = performance.now();
  child.signal('SIGTERM');
  await child.saw(/^called 1 SIGTERM$/m);
  expect(performance.now() - sentAt).toBeGreaterThan(700);
  expect(await client.ended()).not.toBe('own');
  await child.saw(/^http-drain: forced in [01]\.\d s: .*cut off GET \/hang after .*\n$/, 'stderr');
});

describe('where nothing of HTTP listens', () => {
  test.each(['nothing', 'net'])('a listener is called at once (%s)', async (what) => {
    const child = startRegistered(fixture('idle.cjs'), { args: [what, 'listener'] });
    await child.saw(/^ready$/m);
    child.signal('SIGTERM');
    expect(await child.exited).toEqual({ code: 5, signal: null });
    expect(child.stdout).toBe('ready\ncalled SIGTERM 15\n');
  });

  test.each(['nothing', 'net'])('the process dies without one (%s)', async (what) => {
    const child = startRegistered(fixture('idle.cjs'), { args: [what] });
    await child.saw(/^ready$/m);
    child.signal('SIGTERM');
    expect(await child.exited).toEqual(terminated);
    expect(child.stderr).toBe('');
  });

  test('any more, the signal kills a process whose loop does not turn', async () => {
    const child = startRegistered(fixture('ceased.cjs'));
    await child.saw(/^ceased$/m);
    child.signal('SIGTERM');
    expect(await child.exited).toEqual(terminated);
  });
});
