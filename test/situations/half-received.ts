import type { Client } from '../support/client/client.js';
import { get, post } from '../support/client/requests.js';
import type { Situation } from '../support/situation.js';
import { check, pause, type World } from '../support/world.js';

const row = 'a request half received';
const BYTES = 100_000;
/** What a client takes between the two halves. */
const BETWEEN_MS = 150;

/** Sends a part, lets draining begin once the server has read it, then sends the rest. */
async function inHalves(world: World, client: Client, [first, second]: [string, string]): Promise<void> {
  await client.write(first);
  await world.accepted(1);
  await world.subject.begin();
  await pause(BETWEEN_MS);
  await client.write(second);
}

async function headInHalves(world: World, client: Client, at: number): Promise<void> {
  const request = get('/fast', { Accept: '*/*' });
  await inHalves(world, client, [request.slice(0, at), request.slice(at)]);
  const answer = await client.answer();
  check(answer.status === 200, `the answer has status ${answer.status}`);
}

async function uploadInHalves(
  world: World,
  client: Client,
  fields: Record<string, string> = {},
): Promise<void> {
  await client.write(post('/upload', BYTES, fields));
  if ('Expect' in fields)
    await client.until(() => client.reader.interim.includes(100) || client.ending !== undefined);
  await world.subject.entered('/upload');
  const half = 'x'.repeat(BYTES / 2);
  await inHalves(world, client, 'Expect' in fields ? ['', half + half] : [half, half]);
  await expectUploaded(client);
}

async function expectUploaded(client: Client): Promise<void> {
  const answer = await client.answer();
  check(answer.body.includes(`"bytes":${BYTES}`), `the server read ${answer.body} of ${BYTES} bytes`);
}

const onBoth = (name: string, run: (world: World, client: Client) => Promise<void>): readonly Situation[] => [
  {
    name: `${name} on a fresh connection`,
    row,
    protocol: 'http1',
    run: async (world) => run(world, await world.connect()),
  },
  {
    name: `${name} on a kept connection`,
    row,
    protocol: 'http1',
    run: async (world) => run(world, await world.kept()),
  },
];

export const halfReceivedSituations: readonly Situation[] = [
  ...onBoth('receives and serves half a request line', (world, client) => headInHalves(world, client, 7)),
  ...onBoth('receives and serves half a head', (world, client) => headInHalves(world, client, 30)),
  ...onBoth('receives and serves half a body', (world, client) => uploadInHalves(world, client)),
  ...onBoth('receives and serves a body after 100-continue', (world, client) =>
    uploadInHalves(world, client, { Expect: '100-continue' }),
  ),
  {
    name: 'receives and serves a chunked upload',
    row,
    protocol: 'http1',
    run: async (world) => {
      const client = await world.kept();
      const head =
        'POST /upload HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n';
      const chunk = `${(BYTES / 2).toString(16)}\r\n${'x'.repeat(BYTES / 2)}\r\n`;
      await client.write(head);
      await world.subject.entered('/upload');
      await inHalves(world, client, [chunk, `${chunk}0\r\n\r\n`]);
      await expectUploaded(client);
    },
  },
];
