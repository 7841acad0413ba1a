import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { endLeftovers, Program } from '../examples/program.js';
import { blocksOf } from './blocks.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = 'node_modules/.cache/http-drain-streams/';
const programs = blocksOf('docs/streams.md').filter(({ roles }) => roles.includes('run'));

/** One of the programs of the page, perhaps with something in it changed. */
function start(name: string, index: number, change: (code: string) => string = (code) => code): Program {
  mkdirSync(root + folder, { recursive: true });
  const { code } = programs[index]!;
  writeFileSync(`${root}${folder}${name}.mjs`, change(code));
  return new Program(`${folder}${name}.mjs`);
}

/** Sends SIGTERM once each stream has brought something; what they brought, and how the program ended. */
async function stopDuringStreams(program: Program, count = 1) {
  const url = `http://127.0.0.1:${await program.port()}/`;
  const streams = await Promise.all(
    Array.from({ length: count }, async () => {
      const { body } = await fetch(url);
      const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
      return { reader, first: (await reader.read()).value! };
    }),
  );
  program.signal();
  const texts = await Promise.all(streams.map(({ reader, first }) => restOf(reader, first)));
  return { texts, exit: await program.exited };
}

async function restOf(reader: ReadableStreamDefaultReader<string>, first: string): Promise<string> {
  let text = first;
  for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
  return text;
}

const ended = { code: 0, signal: null };

describe('docs/streams.md', { timeout: 60_000 }, () => {
  afterEach(endLeftovers);

  test('a subscription ends at once, and spreads the return of its clients', async () => {
    const { texts, exit } = await stopDuringStreams(start('subscription', 0), 3);
    for (const text of texts) expect(text).toMatch(/^id: 1\ndata: a price\n\n[\s\S]*retry: \d+\n\n$/);
    expect(exit).toEqual(ended);
    const delays = texts.map((text) => Number(/retry: (\d+)/.exec(text)![1]));
    for (const delay of delays) expect(delay).toBeGreaterThanOrEqual(500);
    for (const delay of delays) expect(delay).toBeLessThanOrEqual(5_000);
    expect(new Set(delays).size).toBeGreaterThan(1);
  });

  test('a generation goes on to its end', async () => {
    const { texts, exit } = await stopDuringStreams(start('generation', 1));
    const words = ['It', 'goes', 'on', 'to', 'its', 'end'].map((word) => `data: ${word}\n\n`);
    expect(texts).toEqual([`${words.join('')}event: done\ndata: complete\n\n`]);
    expect(exit).toEqual(ended);
  });

  test('a generation that does not end in time says that it was cut', async () => {
    const shorter = (code: string) =>
      code.replace('setTimeout(100, word', 'setTimeout(1_500, word').replace('25_000', '2_000');
    const { texts, exit } = await stopDuringStreams(start('cut', 1, shorter));
    expect(texts[0]).toMatch(/^data: It\n\n(data: goes\n\n)?event: cut\ndata: the server restarts\n\n$/);
    expect(exit).toEqual(ended);
  });
});
