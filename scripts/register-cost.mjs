/**
 * npm run register:cost: what `register` costs a start, and a request. With it and without it in turns; medians.
 * --starts and --requests say how many.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { cpus } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { starts: { type: 'string', default: '41' }, requests: { type: 'string', default: '20000' } },
});
const STARTS = Number(values.starts);
const REQUESTS = Number(values.requests);
const ROUNDS = 9;

const dist = fileURLToPath(new URL('../packages/core/dist/', import.meta.url));
const WAYS = {
  'without register': [],
  '`--require`': ['--require', `${dist}register.js`],
  '`--import`': ['--import', pathToFileURL(`${dist}register.mjs`).href],
};
const SERVES = 'require("node:http").createServer().listen(0, "127.0.0.1", () => process.exit())';
const ANSWERS = `require("node:http").createServer((request, response) => response.end("ok"))
  .listen(0, "127.0.0.1", function () { console.log(this.address().port) })`;
const STARTED = { 'a script that does nothing': '0', 'a server of HTTP that listens': SERVES };

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

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
  return [...found.values()].map(median);
}

const row = (what, [bare, ...others], unit, digits) =>
  `| ${what} | ${bare.toFixed(digits)} ${unit} | ${others
    .map((value) => `${value >= bare ? '+' : ''}${(value - bare).toFixed(digits)} ${unit}`)
    .join(' | ')} |`;

console.log(
  `Node ${process.version}, ${cpus().length} cores; medians of ${STARTS} starts, ${ROUNDS} rounds of requests\n`,
);
console.log(`| | ${Object.keys(WAYS).join(' | ')} |\n| --- | --- | --- | --- |`);
for (const [what, script] of Object.entries(STARTED)) {
  console.log(row(`start of ${what}`, await inTurns(STARTS, async (args) => startMs(args, script)), 'ms', 1));
}
console.log(row('a request', await inTurns(ROUNDS, requestUs), 'µs', 1));
