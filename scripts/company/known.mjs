import { THE_FILE } from './compare.mjs';

/**
 * A difference that is meant.
 *
 * @typedef {object} Known
 * @property {string} suite
 * @property {string} version of the suite: where it was seen
 * @property {string} file
 * @property {string} name the case
 * @property {string} reason why it is so
 */

const SUITE = /^## (\S+) (\d\S*)\s*$/;
const HEADING = /^#/;
const ENTRY = /^- (`+)(.+?)\1(?: › (`+)(.+?)\3)?\s*$/;

/**
 * Reads the list of known differences from its document: under the heading of a suite and its version
 * (`## Fastify 5.12.1`), each reason is a paragraph, and below it stands a list of the cases that it is the reason for,
 * file and case in backquotes, or the file alone where it is about the file.
 *
 * @param {string} markdown
 * @returns {Known[]}
 * @throws Error for a case that no paragraph stands above
 */
export function parseKnown(markdown) {
  const known = [];
  let suite;
  let reason = [];
  let listing = false;
  for (const line of markdown.split('\n')) {
    const [, name, version] = SUITE.exec(line) ?? [];
    const entry = suite && ENTRY.exec(line);
    if (name) suite = { suite: name, version };
    else if (line.startsWith('## ')) suite = undefined;
    if (HEADING.test(line)) reason = [];
    else if (entry) {
      if (reason.length === 0) throw new Error(`Expected a reason above each known difference, got ${line}`);
      known.push({ ...suite, file: entry[2], name: entry[4] ?? THE_FILE, reason: reason.join(' ') });
    } else if (line.trim() !== '') reason = listing ? [line.trim()] : [...reason, line.trim()];
    if (line.trim() !== '') listing = Boolean(entry);
  }
  return known;
}
