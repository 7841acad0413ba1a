import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseTap } from './tap.mjs';

/** As much of the output is kept as it takes to see what happened. */
const LONGEST_OUTPUT = 8 * 2 ** 20;

let runs = 0;

/**
 * Runs one file of a suite in a process of its own, and ends it, with all that it has started, once its time is over.
 *
 * @param {import('./suites.mjs').Suite} suite
 * @param {string} file relative to the suite's folder
 * @param {string | undefined} front the URL of a module to load before it
 * @param {object} how
 * @param {number} how.limitMs
 * @param {number} how.slot what runs at the same time has another one
 * @param {string} [how.only] the case to run, where the suite can run one alone
 * @returns {Promise<import('./compare.mjs').FileResult>}
 */
export async function runFile(suite, file, front, { limitMs, slot, only }) {
  const tapFile = join(tmpdir(), `http-drain-company-${process.pid}-${runs++}.tap`);
  const args = [...(front ? ['--import', front] : []), ...(await suite.args(file, { tapFile, only }))];
  const began = performance.now();
  const { code, output, timedOut } = await run(args, suite, { limitMs, slot, only });
  const ms = Math.round(performance.now() - began);
  const tap = await readFile(tapFile, 'utf8').catch(() => output);
  await rm(tapFile, { force: true });
  const end = timedOut ? 'timed out' : code === 0 ? 'passed' : 'failed';
  return { cases: suite.hasCases ? parseTap(tap) : new Map(), end, ms };
}

async function run(args, suite, { limitMs, slot, only }) {
  const { NODE_OPTIONS, NODE_TEST_CONTEXT, ...inherited } = process.env;
  const child = spawn(process.execPath, args, {
    cwd: suite.folder,
    env: { ...inherited, NO_COLOR: '1', ...suite.env(only), TEST_THREAD_ID: String(slot) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a process group of its own, which can be ended as one
  });
  let output = '';
  const keep = (chunk) => {
    if (output.length < LONGEST_OUTPUT) output += chunk;
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    endGroup(child.pid);
  }, limitMs);
  const code = await new Promise((resolve) =>
    child.on('exit', (status, signal) => resolve(signal ?? status)),
  );
  clearTimeout(timer);
  endGroup(child.pid);
  return { code, output, timedOut };
}

/** Also what a process that has ended has left behind. */
function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // nothing is left
  }
}
