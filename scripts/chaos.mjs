/**
 * npm run chaos -- 10000                                  plays so many random worlds, on two children at a time
 * npm run chaos -- --kind wild --seed 7 --path 12         plays one of them again
 * npm run chaos -- … --path 12 --times 20                 and again
 * npm run chaos -- 1000 --node path/to/node               plays them on another Node
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const SHARD = 100;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kind: { type: 'string' },
    seed: { type: 'string' },
    path: { type: 'string' },
    times: { type: 'string', default: '1' },
    node: { type: 'string', default: process.execPath },
    children: { type: 'string', default: String(Math.min(2, availableParallelism())) },
  },
});

const worlds = values.path === undefined ? Number(positionals[0] ?? 1_000) : 1;
const firstSeed = Number(values.seed ?? Math.trunc(Math.random() * 2 ** 30));

/** Of each three shards two are wild and one is polite. */
const shards = Array.from({ length: Math.ceil(worlds / SHARD) }, (_, index) => ({
  kind: values.kind ?? (index % 3 === 2 ? 'polite' : 'wild'),
  seed: firstSeed + index,
  worlds: Math.min(SHARD, worlds - index * SHARD),
}));

let failed = 0;
let played = 0;
const began = Date.now();
const waiting = [...shards];
await Promise.all(Array.from({ length: Number(values.children) }, work));
const seconds = Math.round((Date.now() - began) / 1_000);
console.log(
  `${played} worlds in ${seconds} s: ${failed === 0 ? 'no law was broken' : `${failed} shards failed`}`,
);
process.exitCode = failed === 0 ? 0 : 1;

async function work() {
  for (let shard = waiting.shift(); shard; shard = waiting.shift()) {
    const { code, output } = await play(shard);
    played += shard.worlds;
    if (code === 0) continue;
    failed++;
    console.log(`${shard.kind} worlds of seed ${shard.seed} (exit ${code}):\n${output}`);
  }
}

function play({ kind, seed, worlds }) {
  const child = spawn(values.node, ['--no-warnings', '--import', 'tsx', 'test/chaos/shard.ts'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      CHAOS_KIND: kind,
      CHAOS_SEED: String(seed),
      CHAOS_WORLDS: String(worlds),
      CHAOS_TIMES: values.times,
      ...(values.path === undefined ? {} : { CHAOS_PATH: values.path }),
    },
  });
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  return new Promise((resolve) => {
    child.on('close', (code, signal) =>
      resolve({ code: code ?? signal, output: Buffer.concat(output).toString() }),
    );
  });
}
