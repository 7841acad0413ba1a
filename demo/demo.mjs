/**
 * `npm run demo`: an Express and a Fastify server in processes of their own, keep-alive load on both, SIGTERM in the
 * middle. Exits with 1 if a request was lost. `--requests 500`: SIGTERM comes after so many answers of each.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createDisplay } from './display.mjs';
import { Load } from './load.mjs';
import { TIMES } from './tell.mjs';

const DRAW_EVERY_MS = 100;
/** SIGTERM comes after this long in any case, on a slow machine. */
const SERVE_AT_MOST_MS = 10_000;
const DEMO_AT_MOST_MS = 28_000;

const { values } = parseArgs({ options: { requests: { type: 'string', default: '3000' } } });
const enough = Number(values.requests);

const overdue = setTimeout(() => {
  for (const { child } of subjects) child.kill('SIGKILL');
  console.error(`The demo did not end within ${DEMO_AT_MOST_MS / 1_000} s.`);
  process.exit(1);
}, DEMO_AT_MOST_MS);

const subjects = ['Express', 'Fastify'].map(startServer);
await Promise.all(subjects.map(({ listening }) => listening));
for (const subject of subjects) {
  subject.load = new Load(subject.port);
  subject.counts = subject.load.counts;
}

const display = createDisplay();
const draw = () => display.show(subjects, 'http-drain: SIGTERM under load');
const drawing = setInterval(draw, DRAW_EVERY_MS);
await servedEnough();
for (const { child } of subjects) child.kill('SIGTERM');
await Promise.all(subjects.map(({ exited }) => exited));
await Promise.all(subjects.map(({ load }) => load.done));
clearInterval(drawing);
clearTimeout(overdue);
draw();
display.end();

for (const subject of subjects) printResult(subject);
const bad = subjects.filter(({ counts, report }) => counts.lost > 0 || report?.outcome !== 'drained');
process.exitCode = bad.length > 0 ? 1 : 0;

/** A server in a process of its own, and what it tells. */
function startServer(name) {
  const child = fork(fileURLToPath(new URL(`./${name.toLowerCase()}.mjs`, import.meta.url)));
  const subject = { name, child, deadlineMs: TIMES.deadlineMs, counts: { answered: 0, lost: 0 } };
  subject.listening = new Promise((resolve) => {
    child.on('message', (message) => {
      Object.assign(subject, message);
      if (message.port) resolve();
    });
  });
  subject.exited = once(child, 'exit').then(([code]) => {
    subject.exitCode = code;
    subject.load?.stop();
  });
  return subject;
}

/** Both have answered so many requests, or the time for that is over. */
async function servedEnough() {
  const until = Date.now() + SERVE_AT_MOST_MS;
  const served = () => subjects.every(({ counts }) => counts.answered >= enough);
  while (!served() && Date.now() < until) await sleep(50);
}

function printResult({ name, counts, report, databaseClosed, exitCode, load }) {
  const { sent, answered, lost, refused } = counts;
  console.log(`\n${name}`);
  console.log(
    `  client: ${sent} sent, ${answered} answered whole, ${lost} lost, ${refused} refused before they were sent`,
  );
  for (const reason of load.losses.slice(0, 5)) console.log(`    lost ${reason}`);
  if (!report) return console.log(`  no report; the process ended with ${exitCode}`);
  const { requests, connections, phases } = report;
  console.log(`  report: ${report.outcome} in ${report.durationMs} ms (${list(phases, ' ms')})`);
  console.log(`    requests: ${list(requests)}`);
  console.log(`    connections: ${list(connections)}`);
  console.log(`    hooks: ${report.hooks.map((hook) => `${hook.name} ${hook.durationMs} ms`).join(', ')}`);
  console.log(`  after it: database ${databaseClosed ? 'closed' : 'left open'}, exit code ${exitCode}`);
}

function list(counts, unit = '') {
  return Object.entries(counts)
    .map(([name, value]) => `${name} ${value}${unit}`)
    .join(', ');
}
