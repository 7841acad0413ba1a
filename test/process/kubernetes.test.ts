import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { Child, killLeftovers } from './child.js';
import { freePort, get } from './client.js';

afterEach(killLeftovers);

const folder = fileURLToPath(new URL('../../examples/kubernetes/', import.meta.url));

describe('the Kubernetes example', () => {
  test('is unready but serves during the lame duck, then leaves with 0', async () => {
    const port = await freePort();
    const child = new Child(process.execPath, [`${folder}server.mjs`], {
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        PORT: String(port),
        LAME_DUCK_MS: '1000',
        DEADLINE_MS: '8000',
      },
    });
    await child.saw(/^listening$/m);
    expect((await get(port, '/readyz')).status).toBe(200);
    child.signal('SIGTERM');
    await child.saw(/^SIGTERM: draining$/m);

    expect((await get(port, '/readyz')).status).toBe(503);
    expect((await get(port, '/livez')).status).toBe(200);
    expect(await get(port)).toMatchObject({ status: 200, headers: { connection: 'close' } });
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.stdout).toContain('database closed');
  });

  test('asks Kubernetes for a longer grace period than its own deadline', () => {
    const manifest = readFileSync(`${folder}deployment.yaml`, 'utf8');
    const number = (pattern: RegExp) => Number(pattern.exec(manifest)![1]);
    const graceMs = number(/terminationGracePeriodSeconds: (\d+)/) * 1_000;
    const deadlineMs = number(/DEADLINE_MS, value: "(\d+)"/);
    expect(graceMs).toBeGreaterThanOrEqual(deadlineMs + 2_000);
    expect(deadlineMs).toBeGreaterThan(number(/LAME_DUCK_MS, value: "(\d+)"/) + 5_000);
  });
});
