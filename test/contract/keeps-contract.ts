import { afterAll, describe, test } from 'vitest';
import { situations } from '../situations/index.js';
import { features } from '../support/libraries/http-drain-features.js';
import { Player } from '../support/play.js';
import { applies, type Kind } from '../support/situation.js';

/** Above what the longest deadline of a situation can come to. */
const TIMEOUT_MS = 60_000;

/** Every situation of the contract that applies to this kind of server, against http-drain. */
export function keepsContract(kind: Kind, library: string, how: string): void {
  const player = new Player(library, { strict: true });
  afterAll(() => player.close());
  describe(`${kind.name}, ${how}`, () => {
    for (const situation of situations) {
      if (applies(situation, kind, features))
        test(situation.name, () => player.play(situation, kind), TIMEOUT_MS);
    }
  });
}
