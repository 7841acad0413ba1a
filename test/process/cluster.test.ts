import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { Child, killLeftovers } from './child.js';
import { accepts, freePort } from './client.js';
import { LoadGenerator } from './load.js';

afterEach(killLeftovers);

// The short form proves the path; PROCESS_ROLLS=15 or more looks for the rare loss.
const rolls = Number(process.env.PROCESS_ROLLS ?? 2);

async function startCluster(env: NodeJS.ProcessEnv = {}) {
  const port = await freePort();
  const primary = fileURLToPath(new URL('../../examples/cluster/primary.mjs', import.meta.url));
  const child = new Child(process.execPath, [primary], {
    detached: true, // A failed test ends the workers too.
    env: { ...process.env, NODE_OPTIONS: '', PORT: String(port), WORKERS: '2', ...env },
  });
  await child.saw(/^serving with 2 workers$/m);
  return { child, port };
}

const policies = { 'round-robin': 'rr', 'left to the kernel': 'none' };

test.each(Object.entries(policies))(
  'a rolling restart of cluster workers under load loses nothing (%s)',
  async (_name, NODE_CLUSTER_SCHED_POLICY) => {
    const { child, port } = await startCluster({ NODE_CLUSTER_SCHED_POLICY });
    const load = new LoadGenerator({ port, keepAlive: 6, fresh: 6 });
    for (let round = 1; round <= rolls; round++) {
      child.signal('SIGHUP');
      await child.saw(new RegExp(`(rolled\\n){${round}}`));
    }
    const { answered, keptAlive, retried, lost } = await load.stop();

    expect(lost).toEqual([]);
    expect(answered).toBeGreaterThan(rolls * 20);
    expect(keptAlive).toBeGreaterThan(rolls * 5);
    expect({ retried }).toEqual({ retried: 0 });
    child.signal('SIGTERM');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.stderr).toBe('');
    expect(await accepts(port)).toBe(false);
  },
  60_000 + rolls * 8_000,
);
