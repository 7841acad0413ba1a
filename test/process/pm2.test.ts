import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Child, type Exit, killLeftovers } from './child.js';
import { freePort, get } from './client.js';
import { LoadGenerator } from './load.js';

const folder = fileURLToPath(new URL('../../examples/pm2', import.meta.url));
const rolls = Number(process.env.PROCESS_ROLLS ?? 2);

/** A PM2 of its own: its daemon, logs and sockets live in a folder that goes with the test. */
class Pm2 {
  readonly #home: string;
  readonly #port: number;

  constructor(home: string, port: number) {
    this.#home = home;
    this.#port = port;
  }

  async run(...args: string[]): Promise<Exit & { output: string }> {
    const bin = path.join(folder, 'node_modules/pm2/bin/pm2');
    const env = { ...process.env, NODE_OPTIONS: '', PM2_HOME: this.#home, PORT: String(this.#port) };
    const child = new Child(process.execPath, [bin, ...args], { cwd: folder, env });
    return { ...(await child.exited), output: child.transcript };
  }

  /** The daemon is nobody's child: it is stopped through PM2 itself. */
  async close(): Promise<void> {
    await this.run('kill');
    await rm(this.#home, { recursive: true });
  }
}

let pm2: Pm2;
let port: number;

beforeEach(async ({ skip }) => {
  if (!process.env.PROCESS_PM2) skip('run npm run test:pm2, which installs PM2 first');
  port = await freePort();
  pm2 = new Pm2(await mkdtemp(path.join(tmpdir(), 'pm2-')), port);
});

afterEach(async () => {
  await pm2?.close();
  await killLeftovers();
});

const begin = async (...options: string[]) => {
  const { code, output } = await pm2.run('start', 'ecosystem.config.cjs', ...options);
  expect(code, output).toBe(0);
  return (await get(port)).body;
};

describe('pm2', () => {
  test('reload in cluster mode loses nothing, and refuses nobody', async () => {
    await begin();
    const load = new LoadGenerator({ port, keepAlive: 6, fresh: 6 });
    for (let round = 1; round <= rolls; round++) {
      const { code, output } = await pm2.run('reload', 'ecosystem.config.cjs');
      expect(code, output).toBe(0);
    }
    const { lost, retried, refused, answered } = await load.stop();
    expect(lost).toEqual([]);
    expect({ retried, refused }).toEqual({ retried: 0, refused: 0 });
    expect(answered).toBeGreaterThan(rolls * 20);
    expect(await drains()).toEqual({ drained: rolls * 2, forced: 0 });
  }, 180_000);

  test.each(['reload', 'restart'])(
    '%s in fork mode answers every request it has accepted',
    async (command) => {
      const { code, output } = await pm2.run('start', 'fork.config.cjs');
      expect(code, output).toBe(0);
      const load = new LoadGenerator({ port, keepAlive: 6, fresh: 6 });
      for (let round = 1; round <= rolls; round++) await pm2.run(command, 'fork.config.cjs');
      const { lost, answered } = await load.stop();
      expect(lost).toEqual([]);
      expect(answered).toBeGreaterThan(rolls * 20);
      expect(await drains()).toEqual({ drained: rolls, forced: 0 });
    },
    180_000,
  );
});

/** What the servers said of themselves, from PM2's log. */
async function drains() {
  const { output } = await pm2.run('logs', '--nostream', '--raw', '--lines', '1000');
  const count = (word: string) => output.match(new RegExp(`: ${word} in `, 'g'))?.length ?? 0;
  return { drained: count('drained'), forced: count('forced') };
}
