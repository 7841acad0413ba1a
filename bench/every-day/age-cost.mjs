/**
 * What `maxConnectionAgeMs` costs a request: CPU time of servers that have it over that of those that do not, which take
 * turns in one process. No connection becomes too old.
 */
import http from 'node:http';
import { createDrain } from '@http-drain/core';
import { markdownTable, quantile } from '../statistics.mjs';
import { throughMemory } from '../traffic.mjs';

export const title = 'The cost of a maximum age';

const TURNS = 201;
const REQUESTS = 2_000;
const NEVER_MS = 2 ** 31 - 1;

export async function measure() {
  for (const ageMs of [0, NEVER_MS]) await cpuMs(ageMs); // warm
  const ratios = { on: [], off: [] };
  for (let i = 0; i < TURNS; i++) {
    // Two that have it off, too: how far two measurements of the same thing are apart.
    const [first, on, off] = i % 2 === 0 ? [0, NEVER_MS, 0] : [0, 0, NEVER_MS];
    const [base, second, third] = [await cpuMs(first), await cpuMs(on), await cpuMs(off)];
    ratios.on.push((i % 2 === 0 ? second : third) / base);
    ratios.off.push((i % 2 === 0 ? third : second) / base);
  }
  return [
    `CPU time of ${REQUESTS} requests over one connection in memory, client included, over that of as many without the option:`,
    `${TURNS} turns, median (the middle half of them).`,
    '',
    markdownTable(
      ['', 'ratio'],
      [
        ['on', medianAndHalf(ratios.on)],
        ['off, the same once more', medianAndHalf(ratios.off)],
      ],
    ),
  ].join('\n');
}

function medianAndHalf(ratios) {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((q) => quantile(ratios, q).toFixed(3));
  return `${middle} (${low} to ${high})`;
}

async function cpuMs(maxConnectionAgeMs) {
  const server = http.createServer((_request, response) => response.end('hello'));
  createDrain({ maxConnectionAgeMs }).track(server);
  const before = process.cpuUsage();
  await throughMemory(server, REQUESTS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
