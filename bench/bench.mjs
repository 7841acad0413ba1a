/**
 * Prints the tables that BENCHMARKS.md is written from: `npm run bench`, or
 * `npm run bench -- --quick --only http-drain,stoppable time-to-stop`; with `--save NAME` also into results/NAME.md.
 * Each library runs each case in a process of its own.
 */
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const CASES = ['after-last-byte', 'idle-connections', 'request-cost', 'time-to-stop'];
/** A process that takes longer has hung. */
const LIMIT_MS = 15 * 60_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    save: { type: 'string' },
  },
});
installPeers();
const { LIBRARIES } = await import('./libraries.mjs');
const only = values.only?.split(',');
const libraries = LIBRARIES.filter(({ name }) => !only || only.includes(name));

let printed = '';
const cpus = os.cpus();
say(`# Benchmarks

What \`npm run bench${process.argv.length > 2 ? ` -- ${process.argv.slice(2).join(' ')}` : ''}\` printed on ${new Date().toISOString().slice(0, 10)}: Node ${process.version}, ${os.type()} ${os.arch()}, ${cpus.length} cores (${cpus[0].model.trim()}),
load average ${os.loadavg()[0].toFixed(1)} at the beginning. Other work was going on wherever that is above 1: only what stands in one
row or one table can be compared, and times in milliseconds contain the noise.
`);

for (const file of positionals.length > 0 ? positionals : CASES) {
  const { title, measures, print, TURNS } = await import(`./cases/${file}.mjs`);
  const measured = libraries.filter(measures).map(({ name }) => name);
  const results = TURNS ? await takeTurns(file, measured, TURNS) : await runEach(file, measured);
  if (results.length > 0) say(`## ${title}\n\n${print(results)}\n`);
}

function say(text) {
  console.log(text);
  printed += `${text}\n`;
  if (values.save !== undefined)
    writeFileSync(new URL(`./results/${values.save}.md`, import.meta.url), `${printed.trim()}\n`);
}

async function runEach(file, names) {
  const results = [];
  for (const library of names) {
    const result = await runCase(file, library);
    if (result !== undefined) results.push({ library, result });
  }
  return results;
}

/** Of each library a list of results, beside those of the bare servers that took turns with it. */
async function takeTurns(file, names, turns) {
  const results = names.map((library) => ({ library, result: [] }));
  for (let i = 0; i < turns; i++) {
    const bare = await runCase(file, 'bare');
    for (const { library, result } of results) {
      const own = await runCase(file, library);
      if (bare && own) result.push({ bare, library: own });
    }
  }
  return results.filter(({ result }) => result.length > 0);
}

/** The result, or undefined if the process failed or hung, which is told on stderr. */
async function runCase(file, name) {
  console.error(`${file}: ${name}`);
  const script = fileURLToPath(new URL('./run-case.mjs', import.meta.url));
  const args = [file, name, JSON.stringify({ quick: values.quick })];
  const child = fork(script, args, {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 2, 'inherit', 'ipc'],
    serialization: 'advanced', // JSON has no Infinity
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  let result;
  child.on('message', (message) => {
    result = message;
  });
  const [code] = await once(child, 'exit');
  clearTimeout(timer);
  if (result === undefined) console.error(`${file}: ${name} failed with ${code ?? 'a timeout'}`);
  return result;
}

/** The other libraries are no dependency of the workspace; they come when first asked for. */
function installPeers() {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  if (existsSync(`${folder}node_modules`)) return;
  const { status } = spawnSync('npm', ['ci', '--prefix', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('npm ci --prefix bench failed');
}
