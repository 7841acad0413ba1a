/**
 * Puts the table that `npm run bench:situations` prints, read from standard input, into the README: how many
 * situations each library passes, and all of them to unfold. What `--details` adds is left to BENCHMARKS.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

const readme = new URL('../README.md', import.meta.url);
const MARKED = /(<!-- situations:begin -->\n)[\s\S]*?(<!-- situations:end -->)/;

const [printed] = (await text(process.stdin)).trim().split('\n\n### ');

const [head, line, ...rows] = printed.split('\n').filter((row) => row.startsWith('|'));
const passed = rows.pop();
if (!passed?.startsWith('| **passed**'))
  throw new Error('Expected what `npm run bench:situations` prints on standard input');

const table = [
  head,
  line,
  passed,
  '',
  '<details><summary>Each situation</summary>',
  '',
  printed.slice(printed.indexOf('|')),
  '',
  '</details>',
].join('\n');
writeFileSync(
  readme,
  readFileSync(readme, 'utf8').replace(MARKED, (_, begin, end) => `${begin}${table}\n${end}`),
);
