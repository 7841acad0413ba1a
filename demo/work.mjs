/** What the two servers do for a request. */
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

const SLOW_MS = 3_000;
const LINE = `${'x'.repeat(1_023)}\n`;
const LINES = 40;
const BETWEEN_LINES_MS = 75;

export const STREAM_BYTES = LINE.length * LINES;

export async function slowAnswer() {
  await sleep(SLOW_MS);
  return { slow: true };
}

export function streamOfLines() {
  return Readable.from(lines(), { objectMode: false });
}

async function* lines() {
  for (let i = 0; i < LINES; i++) {
    await sleep(BETWEEN_LINES_MS);
    yield LINE;
  }
}

export async function countBytes(body) {
  let bytes = 0;
  for await (const chunk of body) bytes += chunk.length;
  return { bytes };
}
