import type { H2Client } from '../client/h2-client.js';
import type { Actor, Cast } from './cast.js';
import type { SituationSpec } from './situations.js';

/** When what was held back of a request goes out. */
const REST_AFTER_MS = 300;
const NEXT_AFTER_MS = [1, 10, 100, 300];
const STREAMS = 4;
const BODY = 'what was held back';

const speaks = ({ scouted }: Cast) => scouted.h2 !== null && scouted.concurrent;

/** A session that has had a first answer. */
async function kept(cast: Cast, situation: string): Promise<Actor<H2Client> | undefined> {
  const actor = cast.h2Actor(situation);
  const { client, id } = actor;
  if (!(await client.usable())) return undefined;
  await client.answered(client.ask(id, cast.requests.url, { warm: true }));
  return client.open ? actor : undefined;
}

function askAll(cast: Cast, actor: Actor<H2Client> | undefined, path = cast.requests.url): void {
  for (let stream = 0; stream < STREAMS; stream++) actor?.client.ask(`${actor.id}.${stream}`, path);
}

const idle: SituationSpec = {
  id: 'h2-idle',
  title: 'HTTP/2: idle',
  holds: 'keep-alive',
  count: (cast) => (speaks(cast) ? 1 : 0),
  async play(cast, cue) {
    await kept(cast, 'h2-idle');
    await cue.over();
  },
};

const preface: SituationSpec = {
  id: 'h2-preface',
  title: 'HTTP/2: the preface only',
  holds: 'silence',
  count: (cast) => (speaks(cast) ? 1 : 0),
  async play(cast, cue) {
    await cast.h2Actor('h2-preface').client.usable();
    await cue.over();
  },
};

const inFlight: SituationSpec = {
  id: 'h2-in-flight',
  title: 'HTTP/2: in flight',
  count: (cast) => (speaks(cast) ? 1 : 0),
  async play(cast, cue) {
    const actor = await kept(cast, 'h2-in-flight');
    await cue.brink();
    askAll(cast, actor, cast.options.slow ?? undefined);
  },
};

const unread: SituationSpec = {
  id: 'h2-unread',
  title: 'HTTP/2: unread in the kernel',
  count: (cast) => (speaks(cast) ? 1 : 0),
  async play(cast, cue) {
    const actor = await kept(cast, 'h2-unread');
    await cue.frozen();
    askAll(cast, actor);
  },
};

const halfBody: SituationSpec = {
  id: 'h2-half-body',
  title: 'HTTP/2: a head without its body',
  count: (cast) => (speaks(cast) && cast.scouted.h2Post !== null ? 1 : 0),
  async play(cast, cue) {
    const actor = await kept(cast, 'h2-half-body');
    if (actor === undefined) return;
    actor.expects = cast.scouted.h2Post as number;
    const asked = actor.client.ask(actor.id, cast.options.upload ?? cast.requests.url, { body: true });
    if (await cue.after(REST_AFTER_MS)) actor.client.finish(asked, BODY);
  },
};

const next: SituationSpec = {
  id: 'h2-next',
  title: 'HTTP/2: the next request after the signal',
  holds: 'keep-alive',
  count: (cast) => (speaks(cast) ? NEXT_AFTER_MS.length : 0),
  async play(cast, cue, number) {
    const actor = await kept(cast, 'h2-next');
    const goesOn = await cue.after(NEXT_AFTER_MS[number] as number);
    if (goesOn && actor !== undefined && !actor.client.leaving) actor.client.ask(actor.id, cast.requests.url);
  },
};

/** Where a request of an HTTP/2 session can be when the signal comes. */
export const H2_SITUATIONS: readonly SituationSpec[] = [idle, preface, inFlight, unread, halfBody, next];
