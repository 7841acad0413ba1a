/**
 * What a run of one test file came to.
 *
 * @typedef {object} FileResult
 * @property {Map<string, string>} cases outcome of each case: 'passed', 'failed' or 'skipped'
 * @property {string} end how its process ended: 'passed', 'failed' or 'timed out'
 * @property {number} ms how long it took
 */

/**
 * @typedef {object} Difference
 * @property {string} file
 * @property {string} name the case; THE_FILE where the process as a whole ended otherwise, or took its time
 * @property {string} without
 * @property {string} with
 */

/** The case that stands for the process of a file. */
export const THE_FILE = '(the file)';

/** A file that takes this much longer, and half as long again, has waited for something. */
const SLOWER_MS = 2_000;

/**
 * The cases that went otherwise with a drain than without. Of cases within each other the innermost are named; the
 * file is where none of its cases explains how it ended, or where it took its time.
 *
 * @param {string} file
 * @param {FileResult} without
 * @param {FileResult} withDrain
 * @returns {Difference[]}
 */
export function compare(file, without, withDrain) {
  const names = [...new Set([...without.cases.keys(), ...withDrain.cases.keys()])];
  const differing = names.filter((name) => outcome(without, name) !== outcome(withDrain, name));
  const innermost = differing.filter((name) => !differing.some((other) => other.startsWith(`${name} > `)));
  const differences = innermost.map((name) => ({
    file,
    name,
    without: outcome(without, name),
    with: outcome(withDrain, name),
  }));
  return [...differences, ...compareFiles(file, without, withDrain, differences.length > 0)];
}

const outcome = ({ cases, end }, name) => cases.get(name) ?? (end === 'timed out' ? 'cut off' : 'not run');

function compareFiles(file, without, withDrain, explained) {
  const of = (end, otherEnd) => ({ file, name: THE_FILE, without: end, with: otherEnd });
  if (explained && withDrain.end === 'timed out') return [];
  if (!explained && without.end !== withDrain.end) return [of(without.end, withDrain.end)];
  if (withDrain.ms < without.ms * 1.5 + SLOWER_MS) return [];
  return [of(`${without.end} in ${seconds(without)}`, `${withDrain.end} in ${seconds(withDrain)}`)];
}

const seconds = ({ ms }) => `${(ms / 1_000).toFixed(1)} s`;

/**
 * Sorts the differences of a first pair of runs by a second one, of each case alone (one that hangs cuts off all that
 * come after it), and by one with a front that does nothing.
 *
 * @param {Difference[]} first
 * @param {Difference[]} again
 * @param {Difference[]} control the differences that the idle front makes by itself
 * @returns {{ real: Difference[], anyFront: Difference[], unsteady: Difference[] }} those that are the drain's; those
 *   that any plugin or middleware in its place makes; those that were not there again
 */
export function confirm(first, again, control) {
  const repeated = first.filter((difference) => has(again, difference));
  return {
    real: repeated.filter((difference) => !has(control, difference)),
    anyFront: repeated.filter((difference) => has(control, difference)),
    unsteady: first.filter((difference) => !has(again, difference)),
  };
}

/**
 * @param {Difference[]} differences
 * @param {import('./known.mjs').Known[]} known those of the suite, of all its versions
 * @param {object} run
 * @param {string} run.version the suite's
 * @param {Map<string, FileResult>} run.results of the files that were run, without a drain
 * @returns {{ unknown: Difference[], gone: import('./known.mjs').Known[] }} what the list lacks, and what of this
 *   version is in it and was not seen
 */
export function check(differences, known, { version, results }) {
  const wasRun = ({ file, name }) => {
    const result = results.get(file);
    return result !== undefined && (name === THE_FILE || result.cases.get(name) !== 'skipped');
  };
  return {
    unknown: differences.filter((difference) => !has(known, difference)),
    gone: known.filter((entry) => entry.version === version && wasRun(entry) && !has(differences, entry)),
  };
}

const has = (list, { file, name }) => list.some((entry) => entry.file === file && entry.name === name);

/** How many cases of each outcome. A file that tells of none is one case. */
export function count(results) {
  const counts = { passed: 0, failed: 0, skipped: 0, timedOut: 0 };
  for (const { cases, end } of results) {
    for (const outcome of cases.size > 0 ? cases.values() : [end]) if (outcome in counts) counts[outcome]++;
    if (end === 'timed out') counts.timedOut++;
  }
  return counts;
}
