import { spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { Family } from '../../packages/drill/src/proc/family.js';
import { isStopped } from '../../packages/drill/src/proc/processes.js';
import { listeningRows } from '../../packages/drill/src/proc/tcp.js';
import { Freeze } from '../../packages/drill/src/round/freeze.js';
import { servingOf } from '../../packages/drill/src/round/serving.js';

// Its thread runs what was built, and this the source.
vi.mock('../../packages/drill/src/proc/reader.js', () => ({
  readLines: async (table: string, end: string) => {
    const lines = readFileSync(table, 'latin1').split('\n');
    return lines.map((line) => line.trim().split(/\s+/)).filter(([, local]) => local?.endsWith(end));
  },
}));

const agent = new Agent({ keepAlive: true });
let family: Family | undefined;

afterEach(async () => {
  agent.destroy();
  await family?.kill();
});

test('who serves the connections of a cluster serves, too, beside the one who listens, and is frozen with it', async () => {
  const path = fileURLToPath(new URL('services/cluster.mjs', import.meta.url));
  const child = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const primary = child.pid as number;
  family = new Family(primary, 'a cluster');
  const port = Number(await firstLine(child.stdout));
  const [row] = listeningRows().filter((one) => one.port === port);
  const found = { port, tables: ['/proc/net/tcp'], listeners: [primary], inodes: new Set([row?.inode]) };
  const serving = () => servingOf({ family } as never, found as never);
  expect(await serving()).toEqual([primary]);

  const [response] = (await once(get({ host: '127.0.0.1', port, agent }), 'response')) as [IncomingMessage];
  const worker = Number(await text(response));
  expect(await serving()).toEqual([primary, worker]);

  const freeze = await Freeze.of(await serving());
  expect([primary, worker].map(isStopped)).toEqual([true, true]);
  freeze.thaw();
});

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const [chunk] of on(stream, 'data')) return String(chunk);
  return '';
}
