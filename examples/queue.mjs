// A worker that takes jobs from a queue. Jobs it has taken are finished; those it has not taken stay in the queue.
import { EventEmitter } from 'node:events';
import http from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { afterDrain, beforeDrain, processDrain, shutdown, untilSignal, waitUntil } from '@http-drain/core';

const queue = new EventEmitter(); // stands for the client of your broker

async function work(job) {
  await setTimeout(1_000);
  console.log(`job ${job} is done`);
}
const consume = (job) => waitUntil(work(job), `job ${job}`); // in flight until it settles
queue.on('job', consume);

const server = http.createServer((request, response) => {
  queue.emit('job', request.url.slice(1));
  response.writeHead(202).end('accepted\n');
});
processDrain.track(server);
server.listen(3000);

beforeDrain('stop consuming', () => queue.off('job', consume));
afterDrain('broker', () => console.log('the connection to the broker is closed'));

await untilSignal();
const report = await shutdown();
process.exitCode = report.clean ? 0 : 1;
