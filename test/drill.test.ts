import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const drill = fileURLToPath(new URL('../drill/drill.mjs', import.meta.url));
const search = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };

interface Result {
  sent: number;
  answered: number;
  lost: number;
  killed: number;
  exitCodes: number[];
  losses: unknown[];
  reached: boolean;
}

/** The short form of the drill: an Express and a Fastify backend, three restarts. */
async function shortDrill(mode: string): Promise<Result> {
  const options = ['--restarts', '3', '--only', 'http-drain', '--backends', 'express+fastify', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, [drill, '--mode', mode, ...options]).catch(
    // It exits with 1 where the target was missed, and then has printed the losses.
    (error: Error & { stdout: string }) => (error.stdout ? error : Promise.reject(error)),
  );
  return JSON.parse(stdout);
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ['-v'], { env: search }).error === undefined;
}

describe('a rolling restart under load keeps to the target', () => {
  test.for<[mode: string, needs?: string]>([
    ['haproxy', 'haproxy'],
    ['haproxy-retries-0', 'haproxy'],
    ['nginx', 'nginx'],
    ['direct'],
    ['held-socket'],
    ['kubelet', 'haproxy'],
  ])('%s', { timeout: 120_000 }, async ([mode, needs], { skip }) => {
    if (needs !== undefined && !isInstalled(needs) && process.env.CI !== 'true') {
      skip(`${needs} is not installed: apt-get install ${needs}`);
    }
    const result = await shortDrill(mode);
    expect(result, JSON.stringify(result.losses)).toMatchObject({
      reached: true,
      killed: 0,
      exitCodes: [0, 0, 0],
    });
    expect(result.answered).toBe(result.sent - result.lost);
    expect(result.sent).toBeGreaterThan(500);
  });
});
