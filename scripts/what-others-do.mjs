/**
 * Drills servers of other kinds and writes docs/what-others-do.md: `npm run drill:others [-- NAME...]`.
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
import { resultOf } from './what-others-do/result.mjs';

const others = new URL('../test/drill-package/others/', import.meta.url);
const results = new URL('results.json', others);
const page = new URL('../docs/what-others-do.md', import.meta.url);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: 'boolean', default: false }, page: { type: 'boolean', default: false } },
});

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
    found[server.name] = result;
    console.log(`${server.name.padEnd(24)} ${result.codes.join(' ') || 'nothing'}  ${result.lost}`);
    writeFileSync(results, `${JSON.stringify(found, null, 2)}\n`);
  }
  writeFileSync(page, pageOf(SERVERS, found));
}

/** Undefined where it could not be drilled here; that is told, and counts as a failure of this script. */
async function tried(server) {
  try {
    if (server.prepare) execFileSync('sh', ['-c', server.prepare], { stdio: 'inherit' });
    const version = server.version();
    const command = server.command.map((word) => word.replaceAll('"', ''));
    const drilled = await drill({ command, ...(server.signal ? { signal: server.signal } : {}) });
    if (drilled.failure !== null) throw new Error(drilled.failure.message);
    return { version, ...resultOf(drilled) };
  } catch (error) {
    console.error(`${server.name}: ${error.message.split('\n')[0]}`);
    process.exitCode = 1;
    return undefined;
  }
}
