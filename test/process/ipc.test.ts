import http from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { killLeftovers, startFixture } from './child.js';
import { get, hold } from './client.js';

afterEach(killLeftovers);

test('the straight main ends in a process whose parent is still connected', async () => {
  const child = startFixture('parent.mjs', { ipc: true });
  await child.number('listening');
  child.send('hello');
  await child.saw(/^message hello$/m);
  child.signal('SIGTERM');
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(child.stdout).toMatch(/hook cleanup\noutcome drained\n$/);
});

describe('the straight main in a worker of a cluster', () => {
  test('ends at a signal', async () => {
    const child = startFixture('parent.mjs', { args: ['cluster'] });
    expect((await get(await child.number('listening'))).body).toBe('answered');
    child.signal('SIGTERM');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.stdout).toMatch(/signal SIGTERM\nhook cleanup\noutcome drained\nworker ended with 0\n$/);
    expect(child.stderr).toBe('');
  });

  test('drains and ends where the primary disconnects it, under keep-alive load that never ends', async () => {
    const child = startFixture('parent.mjs', { args: ['cluster'] });
    const port = await child.number('listening');
    const held = hold(port);
    await child.saw(/^request \/held$/m);
    const load = keepAliveLoad(port, 4);
    await load.warm;
    child.signal('SIGUSR2');
    await child.saw(/^signal disconnect$/m);
    setTimeout(held.finish, 300);

    expect((await held.answer).body).toBe('answered');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.stdout).toMatch(/hook cleanup\noutcome drained\nworker ended with 0\n$/);
    expect(await load.failures).toEqual([]);
  });
});

/** Each client sends its next request as soon as it has an answer, until its connection is refused. */
function keepAliveLoad(port: number, clients: number) {
  const failures: string[] = [];
  let answered = 0;
  let isWarm = () => {};
  const warm = new Promise<void>((resolve) => {
    isWarm = resolve;
  });
  const run = async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (;;) {
      try {
        await get(port, '/', { agent });
        if (++answered === 20 * clients) isWarm();
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'ECONNREFUSED') failures.push(String(code));
        agent.destroy();
        return;
      }
    }
  };
  const ended = Promise.all(Array.from({ length: clients }, run));
  return { warm, failures: ended.then(() => failures) };
}
