import { get } from '../support/client/requests.js';
import type { Situation } from '../support/situation.js';
import { BIG_BYTES } from '../support/subject/routes.js';
import { check, FORCING, pause, type World } from '../support/world.js';

const row = 'an answer still being flushed to a slow reader';
const setup = { drain: { deadlineMs: 8_000 } };
/** For so long the reader takes nothing after draining began. */
const STALL_MS = 250;

/** A reader that takes the head of a 24 MB answer, stalls while draining begins, then reads on. */
async function stallAndRead(
  world: World,
  fields: Record<string, string>,
  bigBeforeDrain: boolean,
): Promise<void> {
  const client = await world.connect();
  const path = bigBeforeDrain ? '/big' : '/gated-big';
  await client.write(get(path, fields));
  await world.subject.entered(path);
  if (bigBeforeDrain) {
    await client.head();
    client.pause();
    await world.subject.begin();
  } else {
    await world.subject.begin();
    await world.subject.open('default');
    await client.head();
    client.pause();
  }
  await pause(STALL_MS);
  const early = world.subject.resolvedYet;
  client.resume();
  const answer = await client.answer();
  check(answer.body.length === BIG_BYTES, `${answer.body.length} of ${BIG_BYTES} bytes arrived`);
  check(!early, 'the shutdown resolved before the answer was sent');
}

export const slowReaderSituations: readonly Situation[] = [
  {
    name: 'sends every byte of 24 MB to a reader that is paused when draining begins',
    row,
    protocol: 'http1',
    setup,
    run: (world) => stallAndRead(world, {}, true),
  },
  {
    name: 'sends every byte of 24 MB where the client asked for Connection: close',
    row,
    protocol: 'http1',
    setup,
    run: (world) => stallAndRead(world, { Connection: 'close' }, true),
  },
  {
    name: 'sends every byte of 24 MB that are answered while draining',
    row,
    protocol: 'http1',
    setup,
    run: (world) => stallAndRead(world, {}, false),
  },
  {
    name: 'lets a reader that never reads hold the drain until the deadline and no longer',
    row,
    protocol: 'http1',
    setup: { drain: { deadlineMs: 700 } },
    run: async (world) => {
      const client = await world.connect();
      await client.write(get('/big'));
      await client.head();
      client.pause();
      await world.subject.begin();
      const { tookMs } = await world.forced();
      check(tookMs >= FORCING * 700, `the answer was cut off after ${Math.round(tookMs)} ms`);
    },
  },
];
