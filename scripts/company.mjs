/**
 * npm run test:company -- --fastify DIR --node DIR --express DIR: the test suites of those in whose programs a drain
 * stands, run with and without one in each of their servers. Prints the cases that differ; exits with 1 if one of them
 * is not in docs/company.md, or one that is there was not seen.
 *
 * --only TEXT runs the files that have this in their path, --shard 2/8 the second eighth of them, --seconds N ends each
 * after N seconds (60), --json FILE writes the results down. `npm run test:company` says where to get the suites: nothing of theirs is kept here.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { check, compare, confirm, count, THE_FILE } from './company/compare.mjs';
import { parseKnown } from './company/known.mjs';
import { runFile } from './company/run-file.mjs';
import { idleFrontOf, SUITES } from './company/suites.mjs';

/** Files at a time. */
const AT_ONCE = 2;

const { values: options } = parseArgs({
  options: {
    ...Object.fromEntries(Object.keys(SUITES).map((name) => [name, { type: 'string', multiple: true }])),
    only: { type: 'string', default: '' },
    shard: { type: 'string', default: '1/1' },
    seconds: { type: 'string', default: '60' },
    json: { type: 'string' },
  },
});
const limitMs = Number(options.seconds) * 1_000;
if (!(limitMs > 0)) throw new TypeError(`Expected --seconds to be a number > 0, got ${options.seconds}`);
const [shard, shards] = options.shard.split('/').map(Number);
if (!(shard >= 1 && shard <= shards))
  throw new TypeError(`Expected --shard to be as 2/8, got ${options.shard}`);
const given = Object.keys(SUITES).flatMap((name) => (options[name] ?? []).map((folder) => [name, folder]));
if (given.length === 0) explain();
else await runAll();

function explain() {
  console.log('Which suite? Give the folder that it is in:');
  for (const [name, { get }] of Object.entries(SUITES)) console.log(`  --${name} DIR    ${get}`);
  process.exitCode = 2;
}

async function runAll() {
  const known = parseKnown(await readFile(new URL('../docs/company.md', import.meta.url), 'utf8'));
  const results = [];
  for (const [name, folder] of given) {
    const suite = await SUITES[name].open(folder);
    results.push(
      await runSuite(
        suite,
        known.filter((entry) => entry.suite === suite.name),
      ),
    );
  }
  if (options.json)
    await writeFile(options.json, `${JSON.stringify({ node: process.version, suites: results }, null, 2)}\n`);
  process.exitCode = results.every(({ unknown, gone }) => unknown.length + gone.length === 0) ? 0 : 1;
}

async function runSuite(suite, known) {
  const files = suite.files
    .filter((file) => file.includes(options.only))
    .filter((_, index) => index % shards === shard - 1);
  console.log(`\n== ${suite.name} ${suite.version}: ${files.length} files, Node ${process.version}`);
  const pairs = new Map();
  await inParallel(files, async (file, slot) => pairs.set(file, await runPair(suite, file, { slot })));
  const sorted = { real: [], anyFront: [], unsteady: [] };
  for (const file of files.filter((file) => pairs.get(file).differences.length > 0)) {
    const { withDrain, differences } = pairs.get(file);
    const found = await lookAgain(suite, file, 0, differences);
    for (const kind of Object.keys(sorted)) sorted[kind].push(...found[kind]);
    for (const { name, without } of found.unsteady) if (name !== THE_FILE) withDrain.cases.set(name, without);
  }
  const result = {
    suite: suite.name,
    version: suite.version,
    files: files.length,
    cases: {
      without: count(files.map((file) => pairs.get(file).without)),
      with: count(files.map((file) => pairs.get(file).withDrain)),
    },
    ...sorted,
    ...check(sorted.real, known, {
      version: suite.version,
      results: new Map(files.map((file) => [file, pairs.get(file).without])),
    }),
    ms: Object.fromEntries(
      files.map((file) => [file, [pairs.get(file).without.ms, pairs.get(file).withDrain.ms]]),
    ),
  };
  print(result);
  return result;
}

async function runPair(suite, file, how) {
  const without = await runFile(suite, file, undefined, { limitMs, ...how });
  const withDrain = await runFile(suite, file, suite.front, { limitMs, ...how });
  return { without, withDrain, differences: compare(file, without, withDrain) };
}

/** Runs what differs once more, with nothing beside it, each case alone; also with a front that does nothing. */
async function lookAgain(suite, file, slot, differences) {
  const again = [];
  const control = [];
  for (const name of suite.runsAlone ? differences.map((difference) => difference.name) : [undefined]) {
    const how = { slot, only: name === THE_FILE ? undefined : name };
    const isMeant = (difference) => name === undefined || difference.name === name;
    const pair = await runPair(suite, file, how);
    const idle = await runFile(suite, file, idleFrontOf(suite), { limitMs, ...how });
    again.push(...pair.differences.filter(isMeant));
    control.push(...compare(file, pair.without, idle).filter(isMeant));
  }
  return confirm(differences, again, control);
}

async function inParallel(items, run) {
  const queue = [...items];
  const worker = async (_, slot) => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await run(item, slot);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function print({ suite, version, files, cases, real, anyFront, unsteady, unknown, gone }) {
  const tell = (title, list) => {
    if (list.length > 0) console.log(`\n${title}:`);
    for (const { file, name, without, with: withDrain } of list) {
      console.log(`  ${file} › ${name}${without ? `: ${without} without, ${withDrain} with` : ''}`);
    }
  };
  tell('Unknown differences', unknown);
  tell('In docs/company.md, and not seen', gone);
  tell('Not seen again, the case alone', unsteady);
  tell('Made by anything in the place of the drain', anyFront);
  const counts = ({ passed, failed, skipped, timedOut }) =>
    `${passed} passed, ${failed} failed, ${skipped} skipped, ${timedOut} files timed out`;
  console.log(`\n${suite} ${version}, ${files} files, Node ${process.version}`);
  console.log(`  without: ${counts(cases.without)}`);
  console.log(`  with:    ${counts(cases.with)}`);
  console.log(
    `  ${real.length} differences, ${unknown.length} of them unknown; ${gone.length} known ones not seen; ` +
      `${unsteady.length} not seen again; ${anyFront.length} made by anything in its place`,
  );
}
