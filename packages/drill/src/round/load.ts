import type { Client } from '../client/client.js';
import { within } from '../service/scout.js';
import type { Actor, Cast } from './cast.js';
import type { Cue } from './play.js';
import type { SituationSpec } from './situations.js';

/** Between an answer and the next request of the same client. */
const THINK_MS = 20;
/** Later there is less to see. */
const LATER_AFTER_MS = 500;
const THINK_LATER_MS = 100;
/** So long each client asks after the signal, where nothing ends it before. */
const LOAD_FOR_MS = 5_000;
/** Each client has had so many answers when the signal comes, or one, where they take their time. */
const WARM = 8;
const WARM_MS = 500;
const CONNECT_MS = 1_000;

/**
 * A client as a pool of connections has it: one request after the other on a connection that is kept, and another
 * connection when that one ends. It never sends a request again. It goes elsewhere where it is refused, and, once the
 * platform has told it to (`--pre-stop`), where its connection ends.
 */
export const LOAD: SituationSpec = {
  id: 'load',
  title: 'kept connections under load',
  count: ({ scouted, options }) => (scouted.concurrent ? options.clients : 0),
  async play(cast, cue) {
    cast.atWork++;
    try {
      await askOnAndOn(cast, cue);
    } finally {
      cast.atWork--;
    }
  },
};

async function askOnAndOn(cast: Cast, cue: Cue): Promise<void> {
  let actor: Actor<Client> | undefined;
  const since = performance.now();
  for (let asked = 1; ; asked++) {
    if (actor === undefined || !actor.client.open || actor.client.leaving) actor = await anotherOne(cast);
    if (actor === undefined) return;
    const id = `${actor.id}.${actor.client.asked.length}`;
    await actor.client.answered(actor.client.ask(id, cast.requests.get(id)));
    // Ready for the signal when it is warm, whatever it does meanwhile.
    if (asked >= WARM || performance.now() - since > WARM_MS) void cue.signal();
    if (!(await think(cue))) return;
  }
}

/** Undefined where it is refused, or told not to come. */
async function anotherOne(cast: Cast): Promise<Actor<Client> | undefined> {
  if (cast.lookedAway) return undefined;
  const actor = cast.actor(LOAD.id);
  return (await within(CONNECT_MS, actor.client.usable())) ? actor : undefined;
}

/** False when there is nothing more to ask. */
async function think({ play }: Cue): Promise<boolean> {
  const age = play.signalledAt === 0 ? 0 : performance.now() - play.signalledAt;
  const ms = age > LATER_AFTER_MS ? THINK_LATER_MS : THINK_MS * (0.5 + Math.random());
  await new Promise((resolve) => setTimeout(resolve, ms));
  return !play.isOver && (play.signalledAt === 0 || performance.now() - play.signalledAt < LOAD_FOR_MS);
}
