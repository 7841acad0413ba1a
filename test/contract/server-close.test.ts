import { afterAll, describe, expect, test } from 'vitest';
import { situations } from '../situations/index.js';
import { serverClose } from '../support/libraries/index.js';
import { Player } from '../support/play.js';
import { type Kind, kinds } from '../support/situation.js';

/**
 * A situation that cannot fail proves nothing. These are faults that server.close() is known to have, and what the
 * client sees of them.
 */
const faults: readonly [kind: Kind, situation: string, saw: RegExp, mendedIn?: number][] = [
  [kinds.http, 'says Connection: close in the answer to a request in flight', /Connection: keep-alive/],
  [
    kinds.http,
    'closes the connection right after the answer to a request in flight',
    /was closed \d+ ms after/,
  ],
  [
    kinds.http,
    'sends every byte of 24 MB to a reader that is paused when draining begins',
    /body of the next one/,
  ],
  [kinds.http, 'serves a request that lies unread in the kernel', /reset while it waited/],
  [kinds.http, 'serves 20 of 20 connections in the accept queue', /0 of 20 were served/],
  [kinds.http, 'closes a fresh connection that stays silent, long before the deadline', /shutdown took/, 26],
  [
    kinds.http,
    'gets an answer to a client that asked for Connection: close and is still sending 8 MB',
    /reset while it was sending/,
  ],
  [kinds.https, 'does not wait for a client that never begins its TLS handshake', /shutdown took/],
  [kinds.h2, 'tells in GOAWAY the true last stream id, while streams are in flight', /no GOAWAY came/, 24],
  [kinds.h2, 'closes idle sessions at once', /was closed after/, 24],
];

const TIMEOUT_MS = 60_000;

/** Newer Nodes have mended some. */
const node = Number.parseInt(process.versions.node, 10);
const present = faults.filter(([, , , mendedIn = Infinity]) => node < mendedIn);

describe('plain server.close() with a timer', () => {
  const player = new Player(serverClose);
  afterAll(() => player.close());
  test.each(present.map(([kind, name, saw]) => ({ on: kind.name, kind, name, saw })))(
    'on $on does not pass: $name',
    async ({ kind, name, saw }) => {
      const situation = situations.find((one) => one.name === name);
      if (situation === undefined) throw new Error(`there is no situation ${name}`);
      await expect(player.play(situation, kind)).rejects.toThrow(saw);
    },
    TIMEOUT_MS,
  );
});
