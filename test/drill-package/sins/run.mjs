/**
 * The matrix of sins, over and over: `node --import tsx test/drill-package/sins/run.mjs --times 10 [NAME...]`. Each sin gives
 * exactly its code and no other, each time; Node is the one that runs this.
 */
import { parseArgs } from 'node:util';
import { codesOf, conserves, drillSin, SAINTS, SINS } from './sins.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { times: { type: 'string', default: '1' }, rounds: { type: 'string', default: '3' } },
});
const wanted = (name) => positionals.length === 0 || positionals.includes(name);
const all = [...SINS, ...SAINTS.map((name) => ({ name }))].filter(({ name }) => wanted(name));
let failed = 0;

for (const sin of all) {
  const seen = new Map();
  for (let time = 0; time < Number(values.times); time++) {
    const drilled = await drillSin(sin, Number(values.rounds));
    const codes = conserves(drilled) ? codesOf(drilled).join(' ') || 'nothing' : 'LAW BROKEN';
    const what = drilled.failure === null ? codes : drilled.failure.kind;
    seen.set(what, (seen.get(what) ?? 0) + 1);
    if (what !== (sin.code ?? 'nothing')) {
      failed++;
      if (process.env.SHOW)
        for (const finding of drilled.findings)
          console.error(finding.code, finding.title, finding.evidence.join('; '));
    }
  }
  console.log(sin.name.padEnd(20), [...seen].map(([what, count]) => `${what} × ${count}`).join(', '));
}
console.log(`${process.version}: ${failed} of ${all.length * Number(values.times)} wrong`);
process.exitCode = failed === 0 ? 0 : 1;
