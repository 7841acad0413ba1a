/** @typedef {'passed' | 'failed' | 'skipped'} Outcome */

const TEST = /^( *)(not )?ok \d+ ?(?:- )?(.*)$/;
const SUBTEST = /^( *)# Subtest: (.*)$/;
const DIRECTIVE = /\s+# (SKIP|TODO)\b.*$/i;
/** A directive, or how long tap says that it took. */
const REMARK = /\s+# (SKIP\b|TODO\b|time=).*$/i;

/**
 * The cases of a run from its output in the Test Anything Protocol (TAP 14), with what else stands between its lines.
 *
 * `node:test` and tap announce each case as a subtest, and print assertions as well; Mocha announces nothing. A case
 * within others has all their names, outermost first; one whose name was there before has a number behind it.
 *
 * @param {string} text
 * @returns {Map<string, Outcome>}
 */
export function parseTap(text) {
  const announces = SUBTEST.test(text.split('\n').find((line) => SUBTEST.test(line)) ?? '');
  const cases = new Map();
  /** The subtests that are open: names by depth. */
  const open = [];
  for (const line of text.split('\n')) {
    const subtest = SUBTEST.exec(line);
    if (subtest) {
      const [, indent, name] = subtest;
      open.length = Math.min(open.length, depthOf(indent));
      open[depthOf(indent)] = plain(name);
      continue;
    }
    const test = TEST.exec(line);
    if (!test) continue;
    const [, indent, not, title] = test;
    const depth = depthOf(indent);
    const name = plain(title);
    if (announces && open[depth] !== name) continue;
    add(cases, announces ? open.slice(0, depth + 1).join(' > ') : name, outcomeOf(not, title));
    open.length = Math.min(open.length, depth);
  }
  return cases;
}

/** Without what is remarked behind it, and without what TAP escapes (TAP 14, Escaping). */
const plain = (title) => title.replace(REMARK, '').replaceAll(/\\([#\\])/g, '$1');

const depthOf = (indent) => indent.length / 4;

function outcomeOf(not, title) {
  const [, directive] = DIRECTIVE.exec(title) ?? [];
  if (directive) return 'skipped';
  return not ? 'failed' : 'passed';
}

function add(cases, name, outcome) {
  let unique = name;
  for (let n = 2; cases.has(unique); n++) unique = `${name} (${n})`;
  cases.set(unique, outcome);
}
