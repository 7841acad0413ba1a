// Keeps WORKERS workers serving. SIGHUP replaces them one by one, SIGTERM and SIGINT stop them all.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

const wanted = Number(process.env.WORKERS ?? availableParallelism());
const graceMs = 30_000; // More than the workers' own deadline: SIGKILL is for a worker that hangs altogether.
let stopping = false;
let rolling = false;

cluster.setupPrimary({ exec: new URL('worker.mjs', import.meta.url).pathname });

/** Resolves once the worker listens; rejects if it ends before. */
async function start() {
  const worker = cluster.fork();
  const ended = once(worker, 'exit').then(([code]) => {
    throw new Error(`A worker ended with ${code} before it listened`);
  });
  await Promise.race([once(worker, 'listening'), ended]);
  ended.catch(() => {});
  return worker;
}

/** Asks with a message; a signal, or worker.disconnect(), would do as well. */
async function retire(worker) {
  const gone = once(worker, 'exit');
  worker.retired = true;
  worker.send('shutdown');
  const kill = setTimeout(() => worker.process.kill('SIGKILL'), graceMs);
  await gone;
  clearTimeout(kill);
}

/** The new worker listens before the old one leaves: somebody accepts at every moment. */
async function roll() {
  if (rolling || stopping) return;
  rolling = true;
  try {
    for (const old of Object.values(cluster.workers)) {
      await start();
      await retire(old);
    }
    console.log('rolled');
  } catch (error) {
    console.error(`The restart stopped, the remaining workers stay: ${error.message}`);
  } finally {
    rolling = false;
  }
}

async function stop() {
  if (stopping) return;
  stopping = true;
  await Promise.all(Object.values(cluster.workers).map(retire));
  process.off('SIGHUP', roll);
}

cluster.on('exit', (worker, code, signal) => {
  if (code !== 0) console.error(`Worker ${worker.process.pid} ended with ${signal ?? code}`);
  if (worker.retired || stopping || !worker.listened) return;
  start().catch((error) => console.error(error.message));
});
cluster.on('listening', (worker) => {
  worker.listened = true;
});

process.on('SIGHUP', roll);
process.on('SIGTERM', stop).on('SIGINT', stop);

await Promise.all(Array.from({ length: wanted }, start));
console.log(`serving with ${wanted} workers`);
