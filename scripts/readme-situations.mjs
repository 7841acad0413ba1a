/**
 * Puts what `npm run bench:situations -- --details` prints, read from standard input, where readers look for it: the
 * situations that a user feels into the README, all of them into docs/situations.md, how many each library passes into
 * BENCHMARKS.md, and what the client saw in each "no" into bench/results/situations.md (without `--details` that stays
 * as it is).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

/** Those of the README: what somebody meets who deploys, in the words of test/situations. */
const FELT = [
  'finishes a request in flight',
  'closes the connection right after the answer to a request in flight',
  'says Connection: close in the answer to a request in flight',
  'sends every byte of 24 MB to a reader that is paused when draining begins',
  'serves a request that lies unread in the kernel',
  'serves 500 of 500 connections in the accept queue',
  'receives and serves half a head on a kept connection',
  'gets a 413 that was sent before draining began to a client that is still sending 8 MB',
  'closes idle keep-alive connections at once',
  'does not wait for a client that never begins its TLS handshake',
  'tells in GOAWAY the true last stream id, while streams are in flight',
  'leaves an upgraded socket in use until the deadline, then destroys it',
];

const MARKED = /(<!-- situations:begin -->\n)[\s\S]*?(<!-- situations:end -->)/;
const root = new URL('../', import.meta.url);

const [table, ...details] = (await text(process.stdin)).trim().split('\n\n### ');
const [head, line, ...rows] = table.split('\n').filter((row) => row.startsWith('|'));
const passed = rows.at(-1);
if (!passed?.startsWith('| **passed**'))
  throw new Error('Expected what `npm run bench:situations` prints on standard input');

function rowOf(name) {
  const row = rows.find((candidate) => candidate.startsWith(`| ${name} |`));
  if (!row) throw new Error(`Expected a situation of this name in the table: ${name}`);
  return row;
}

/** A row for each library, the most passed first. */
function passedByLibrary() {
  const [titles, counts] = [head, passed].map((row) => row.slice(2, -2).split(' | ').slice(1));
  const numberOf = (index) => Number(/\d+/.exec(counts[index])[0]);
  const order = titles.map((_, index) => index).sort((a, b) => numberOf(b) - numberOf(a));
  return order.map((index) => `| ${titles[index]} | ${counts[index]} |`);
}

function put(path, content) {
  const url = new URL(path, root);
  writeFileSync(
    url,
    readFileSync(url, 'utf8').replace(MARKED, (_, begin, end) => `${begin}${content}\n${end}`),
  );
}

put('README.md', [head, line, ...FELT.map(rowOf), passed].join('\n'));
put('BENCHMARKS.md', ['| | passed |', '| --- | ---: |', ...passedByLibrary()].join('\n'));
put('docs/situations.md', table.slice(table.indexOf('|')));
if (details.length > 0) {
  const introduction =
    '# What the client saw\n\nIn each "no" of [the table](../../docs/situations.md), as `npm run bench:situations -- --details` printed it.';
  const page = [introduction, ...details.map((one) => `## ${one}`)].join('\n\n');
  writeFileSync(new URL('bench/results/situations.md', root), `${page}\n`);
}
