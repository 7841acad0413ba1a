import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { freePort } from '../process/client.js';

const examples = fileURLToPath(new URL('../../examples/monitoring/', import.meta.url));
const service = fileURLToPath(new URL('fixtures/service.mjs', import.meta.url));
const isInstalled = spawnSync('promtool', ['--version']).error === undefined;

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

// Debian's package `prometheus` has both programs; CI installs it.
describe.skipIf(!isInstalled && process.env.CI !== 'true')('with a real Prometheus', () => {
  test('the alerts fire on what they are for, and on nothing else', async () => {
    const run = promisify(execFile);
    const { stdout } = await run('promtool', ['check', 'rules', 'alerts.yml'], { cwd: examples });
    expect(stdout).toContain('4 rules found');
    const tested = await run('promtool', ['test', 'rules', 'alerts.test.yml'], { cwd: examples });
    expect(tested.stdout).toContain('SUCCESS');
  });

  test('each query of the dashboard finds the metrics of a service that drains', {
    timeout: 60_000,
  }, async () => {
    const child = start(process.execPath, [service], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface({ input: child.stdout! }), 'line');
    const { admin } = JSON.parse(line as string);
    const query = await startPrometheus(admin);
    await eventually(async () => (await query('http_drain_ready == 1')).length > 0);
    child.kill('SIGTERM');
    await eventually(async () => (await query('http_drain_phase{phase="draining"} == 1')).length > 0);
    for (const { title, expr } of await queries()) {
      expect((await query(expr)).length, `${title}: ${expr}`).toBeGreaterThan(0);
    }
    expect(await query('http_drain_deadline_left_seconds < http_drain_deadline_seconds')).toHaveLength(1);
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
});

test('the dashboard asks for no metric that there is not', async () => {
  const { register } = await import('prom-client');
  const { drainMetrics } = await import('@http-drain/core/prometheus');
  drainMetrics();
  const known = register.getMetricsAsArray().map(({ name }) => name);
  const texts = [
    await readFile(join(examples, 'alerts.yml'), 'utf8'),
    ...(await queries()).map(({ expr }) => expr),
  ];
  const asked = new Set(texts.flatMap((text) => text.match(/\bhttp_drain_\w+/g) ?? []));
  expect(asked.size).toBeGreaterThan(8);
  expect([...asked].filter((name) => !known.includes(name))).toEqual([]);
});

interface Panel {
  title: string;
  targets: { expr: string }[];
}

/** The queries as Grafana sends them, with its variables filled in. */
async function queries(): Promise<{ title: string; expr: string }[]> {
  const { panels } = JSON.parse(await readFile(join(examples, 'dashboard.json'), 'utf8')) as {
    panels: Panel[];
  };
  return panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({
      title,
      expr: expr.replaceAll('$__range', '5m').replaceAll(/\$(job|instance)\b/g, '.*'),
    })),
  );
}

function start(...args: Parameters<typeof spawn>): ChildProcess {
  const child = spawn(...args);
  cleanUp.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return child;
}

/** Scrapes `port` four times a second. Returns a function that asks it. */
async function startPrometheus(port: number): Promise<(expr: string) => Promise<unknown[]>> {
  const folder = await mkdtemp(join(tmpdir(), 'http-drain-prometheus-'));
  cleanUp.push(() => rm(folder, { recursive: true, force: true }));
  const config = {
    global: { scrape_interval: '250ms', scrape_timeout: '250ms' },
    scrape_configs: [{ job_name: 'api', static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
  };
  // YAML has JSON in it.
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const own = await freePort();
  start(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${own}`,
    ],
    { stdio: 'ignore' },
  );
  // Before that it refuses connections, or answers 503 in plain text.
  await eventually(async () => (await fetch(`http://127.0.0.1:${own}/-/ready`)).ok);
  return async (expr) => {
    const url = `http://127.0.0.1:${own}/api/v1/query?query=${encodeURIComponent(expr)}`;
    const { status, data, error } = (await (await fetch(url)).json()) as {
      status: string;
      data: { result: unknown[] };
      error?: string;
    };
    expect(status, `${expr}: ${error}`).toBe('success');
    return data.result;
  };
}

/** Prometheus tells of nothing: it has to be asked. */
async function eventually(ask: () => Promise<boolean>): Promise<void> {
  for (const until = performance.now() + 20_000; performance.now() < until; await setTimeout(100)) {
    const found = await ask().catch((error: Error & { cause?: unknown }) => {
      if (error.cause === undefined) throw error;
      return false; // it does not listen yet
    });
    if (found) return;
  }
  throw new Error('Prometheus did not see it within 20 s');
}
