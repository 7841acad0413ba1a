/**
 * How often the drill blames a service that is right: `node test/drill-package/services/false-alarms.mjs --times 100`,
 * and `--busy` with both cores of a small machine at work. Of http-drain it may say that it could not drill it, and no more.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drill } from '../../../packages/drill/dist/index.mjs';

const { values } = parseArgs({
  options: { times: { type: 'string', default: '1' }, busy: { type: 'boolean', default: false } },
});
const service = fileURLToPath(new URL('http-drain.mjs', import.meta.url));
const burners = values.busy
  ? Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ['-e', 'for (;;);']))
  : [];
const seen = new Map();
const durations = [];
let races = 0;
let sent = 0;

try {
  for (let time = 0; time < Number(values.times); time++) {
    const drilled = await drill({ command: [process.execPath, service], slow: '/slow', big: '/big' });
    const codes = drilled.findings.map(({ code }) => code).join(' ');
    const what = drilled.failure?.kind ?? (codes || 'nothing');
    seen.set(what, (seen.get(what) ?? 0) + 1);
    durations.push(drilled.durationMs);
    races += drilled.totals.race;
    sent += drilled.totals.sent;
    for (const { code, title, evidence } of drilled.findings) {
      if (code !== 'D090') console.log(time, code, title, evidence.join('; '));
    }
  }
} finally {
  for (const burner of burners) burner.kill('SIGKILL');
}
durations.sort((a, b) => a - b);
console.log([...seen].map(([what, count]) => `${what} × ${count}`).join(', '));
console.log(
  `${races} races among ${sent} visits; median ${durations[durations.length >> 1]} ms a drill, worst ${durations.at(-1)} ms`,
);
const blamed = [...seen.keys()].some((what) => !['nothing', 'D090', 'unreliable'].includes(what));
process.exitCode = blamed ? 1 : 0;
