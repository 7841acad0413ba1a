/**
 * npm run register:cost: what `register` costs a start, and a request. With it, without it, and with an empty file in its
 * place, which has Node's own part of the cost, in turns; medians, and of those without it the middle half.
 * --starts and --requests say how many.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { starts: { type: 'string', default: '41' }, requests: { type: 'string', default: '20000' } },
});
const STARTS = Number(values.starts);
const REQUESTS = Number(values.requests);
const ROUNDS = 9;

const dist = fileURLToPath(new URL('../packages/core/dist/', import.meta.url));
const empty = join(mkdtempSync(join(tmpdir(), 'register-cost-')), 'empty.mjs');
writeFileSync(empty, '');
process.once('exit', () => rmSync(join(empty, '..'), { recursive: true }));
const WAYS = {
  'without register': [],
  '`--require`': ['--require', `${dist}register.js`],
  '`--import`': ['--import', pathToFileURL(`${dist}register.mjs`).href],
  '`--import` of an empty file': ['--import', pathToFileURL(empty).href],
};
const SERVES = 'require("node:http").createServer().listen(0, "127.0.0.1", () => process.exit())';
const ANSWERS = `require("node:http").createServer((request, response) => response.end("ok"))
  .listen(0, "127.0.0.1", function () { console.log(this.address().port) })`;
const STARTED = { 'a script that does nothing': '0', 'a server of HTTP that listens': SERVES };

const quantile = (numbers, part) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * part)];
const median = (numbers) => quantile(numbers, 0.5);

function startMs(args, script) {
  const began = performance.now();
  spawnSync(process.execPath, [...args, '-e', script], { env: { ...process.env, NODE_OPTIONS: '' } });
  return performance.now() - began;
}

/** Microseconds of a request on one connection, one after the other. */
async function requestUs(args) {
  const child = spawn(process.execPath, [...args, '-e', ANSWERS], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = Number(String((await once(child.stdout, 'data'))[0]));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const ask = () =>
    new Promise((resolve) => {
      http.get({ port, host: '127.0.0.1', agent }, (response) => response.resume().once('end', resolve));
    });
  for (let warm = 0; warm < REQUESTS / 10; warm++) await ask();
  const began = performance.now();
  for (let asked = 0; asked < REQUESTS / ROUNDS; asked++) await ask();
  const us = ((performance.now() - began) * 1_000) / (REQUESTS / ROUNDS);
  agent.destroy();
  child.kill('SIGKILL');
  await once(child, 'exit');
  return us;
}

async function inTurns(rounds, measure) {
  const ways = Object.entries(WAYS);
  const found = new Map(ways.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, args] of ways) found.get(name).push(await measure(args));
  }
  return [...found.values()];
}

function row(what, [bare, ...others], unit) {
  const half = [0.25, 0.75].map((part) => quantile(bare, part).toFixed(1)).join(' to ');
  const more = others.map((found) => median(found) - median(bare));
  const cells = more.map((value) => `${value >= 0 ? '+' : ''}${value.toFixed(1)} ${unit}`);
  return `| ${[what, `${median(bare).toFixed(1)} ${unit} (${half})`, ...cells].join(' | ')} |`;
}

console.log(
  `Node ${process.version}, ${cpus().length} cores; medians of ${STARTS} starts, ${ROUNDS} rounds of requests\n`,
);
console.log(`| | ${Object.keys(WAYS).join(' | ')} |\n${'| --- '.repeat(Object.keys(WAYS).length + 1)}|`);
for (const [what, script] of Object.entries(STARTED)) {
  console.log(row(`start of ${what}`, await inTurns(STARTS, async (args) => startMs(args, script)), 'ms'));
}
console.log(row('a request', await inTurns(ROUNDS, requestUs), 'µs'));
