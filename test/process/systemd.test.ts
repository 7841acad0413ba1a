import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Child, fixturePath, killLeftovers } from './child.js';
import { freePort, get, hold } from './client.js';
import { LoadGenerator } from './load.js';

const available = spawnSync('systemd-socket-activate', ['--version']).status === 0;
// The short form proves the path; PROCESS_ROLLS=15 or more looks for the rare loss.
const rolls = Number(process.env.PROCESS_ROLLS ?? 2);

/** systemd-socket-activate opens the port, waits for the first connection, and becomes our service manager. */
async function activate(): Promise<{ manager: Child; port: number }> {
  const port = await freePort();
  const service = fileURLToPath(new URL('../../examples/systemd/server.mjs', import.meta.url));
  const args = ['-l', `127.0.0.1:${port}`, process.execPath, fixturePath('service-manager.mjs'), service];
  const manager = new Child('systemd-socket-activate', args, { detached: true });
  await manager.saw(/Listening on/, 'stderr');
  return { manager, port };
}

beforeEach(({ skip }) => {
  if (!available) skip('systemd-socket-activate is not installed');
});
afterEach(killLeftovers);

describe('a socket that systemd holds', () => {
  test(
    'loses nothing when the service is stopped and started under load',
    async () => {
      const { manager, port } = await activate();
      expect((await get(port)).status).toBe(200);
      const load = new LoadGenerator({ port, keepAlive: 6, fresh: 6 });
      for (let round = 1; round <= rolls; round++) {
        manager.signal('SIGUSR1');
        await manager.saw(new RegExp(`(stopped 0\\n[^]*){${round}}`));
        const { answered } = load.tally;
        manager.signal('SIGUSR2');
        while (load.tally.answered < answered + 30) await load.nextAnswer();
      }
      const { lost, keptAlive } = await load.stop();
      expect(lost).toEqual([]);
      expect(keptAlive).toBeGreaterThan(rolls * 5);
      manager.signal('SIGTERM');
      await manager.saw(/^drained in \d+ ms\n(.*\n)*drained in/m);
    },
    30_000 + rolls * 5_000,
  );

  // The listening socket is shared with systemd: a drain that shrinks its backlog shrinks it for the time between.
  test('keeps its queue: everyone who connects between stop and start is served by the next process', async () => {
    const { manager, port } = await activate();
    await get(port);
    manager.signal('SIGUSR1');
    await manager.saw(/^stopped 0$/m);

    const held = Array.from({ length: 40 }, () => hold(port));
    await Promise.all(held.map(({ connected }) => connected));
    manager.signal('SIGUSR2');
    for (const { finish } of held) finish();
    const answers = await Promise.all(held.map(({ answer }) => answer));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    manager.signal('SIGTERM');
  });
});
