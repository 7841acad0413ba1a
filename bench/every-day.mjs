/**
 * Prints what is measured of connections that are told to go, and of the answer at the deadline:
 * `npm run bench:every-day`, or `npm run bench:every-day -- age spread`; `--only HTTP/2` takes those rows alone; with
 * `--save NAME` also into results/NAME.md.
 *
 * nginx, HAProxy, curl and h2load (Debian's nghttp2-client) are started where they are there; rows that need one that is
 * not are left out.
 */
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';

const PARTS = ['deadline', 'age', 'age-cost', 'lame-duck', 'spread'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', default: '' }, save: { type: 'string' } },
});
const only = new RegExp(values.only);
const cpus = os.cpus();
let printed = '';
say(`# Every day

What \`npm run bench:every-day${process.argv.length > 2 ? ` -- ${process.argv.slice(2).join(' ')}` : ''}\` printed on ${new Date().toISOString().slice(0, 10)}: Node ${process.version}, ${os.type()} ${os.arch()},
${cpus.length} cores (${cpus[0].model.trim()}), load average ${os.loadavg()[0].toFixed(1)} at the beginning.
`);
for (const part of positionals.length > 0 ? positionals : PARTS) {
  const { title, measure } = await import(`./every-day/${part}.mjs`);
  say(`## ${title}\n\n${await measure((name) => only.test(name))}\n`);
}
process.exit();

function say(text) {
  console.log(text);
  printed += `${text}\n`;
  if (values.save === undefined) return;
  writeFileSync(new URL(`./results/${values.save}.md`, import.meta.url), `${printed.trim()}\n`);
}
