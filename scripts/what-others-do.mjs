/**
 * Drills servers of other kinds and writes docs/what-others-do.md: `npm run drill:others [-- NAME...]`, and, with
 * --rolling, restarts two of each under load.
 *
 * What was found stands in test/drill-package/others/results.json; with names, only those are drilled anew. It needs
 * what its own package.json lists, and go, uvicorn, gunicorn, nginx and puma: what is not there is left as it was, and
 * told. With --page nothing is drilled, and the page is written from the results; --check fails where it differs.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drill } from '../packages/drill/dist/index.mjs';
import { SERVERS } from '../test/drill-package/others/servers.mjs';
import { pageOf } from './what-others-do/page.mjs';
import { FRONTS, resultOf, rollingOf } from './what-others-do/result.mjs';

const others = new URL('../test/drill-package/others/', import.meta.url);
const results = new URL('results.json', others);
const page = new URL('../docs/what-others-do.md', import.meta.url);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    check: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
    rolling: { type: 'boolean', default: false },
  },
});

const RESTARTS = 4;
/** Shorter than the usual one: who waits for it needs it in each restart. */
const GRACE_MS = 15_000;

const found = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : {};
if (values.check) check();
else if (values.page) writeFileSync(page, pageOf(SERVERS, found));
else await drillAll();

function check() {
  if (readFileSync(page, 'utf8') === pageOf(SERVERS, found)) return;
  console.error(
    'docs/what-others-do.md does not say what the results say: run `npm run drill:others -- --page`.',
  );
  process.exitCode = 1;
}

async function drillAll() {
  process.chdir(fileURLToPath(others));
  if (!existsSync('node_modules')) execFileSync('npm', ['ci'], { stdio: 'inherit' });
  for (const server of SERVERS) {
    if (positionals.length > 0 && !positionals.includes(server.name)) continue;
    const result = await tried(server);
    if (result === undefined) continue;
    found[server.name] = { ...found[server.name], ...result };
    writeFileSync(results, `${JSON.stringify(found, null, 2)}\n`);
  }
  writeFileSync(page, pageOf(SERVERS, found));
}

/** Undefined where it could not be drilled here; that is told, and counts as a failure of this script. */
async function tried(server) {
  try {
    if (server.prepare) execFileSync('sh', ['-c', server.prepare], { stdio: 'inherit' });
    return values.rolling ? await restarted(server) : await drilled(server);
  } catch (error) {
    console.error(`${server.name}: ${error.message.split('\n')[0]}`);
    process.exitCode = 1;
    return undefined;
  }
}

async function drilled(server) {
  const result = { version: server.version(), ...resultOf(await drilledAs(server.command, server)) };
  console.log(`${server.name.padEnd(24)} ${result.codes.join(' ') || 'nothing'}  ${result.lost}`);
  return result;
}

/** Undefined where it cannot be told its port. */
async function restarted(server) {
  if (server.rolling === null) return undefined;
  const rolling = { version: server.version() };
  for (const proxy of FRONTS) {
    const options = { rolling: RESTARTS, proxy, graceMs: GRACE_MS };
    rolling[proxy] = rollingOf(await drilledAs(server.rolling ?? server.command, server, options));
    const { lost, codes } = rolling[proxy];
    console.log(`${server.name.padEnd(24)} ${proxy.padEnd(8)} ${codes.join(' ') || 'nothing'}  ${lost}`);
  }
  return { rolling };
}

async function drilledAs(words, { signal }, options = {}) {
  const command = words.map((word) => word.replaceAll(/["']/g, ''));
  const result = await drill({ command, ...(signal ? { signal } : {}), ...options });
  if (result.failure !== null) throw new Error(result.failure.message);
  return result;
}
