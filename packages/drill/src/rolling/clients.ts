import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../client/client.js';
import type { Requests } from '../client/requests.js';
import type { Actor, Cast } from '../round/cast.js';
import { LOAD } from '../round/load.js';
import type { Cue } from '../round/play.js';
import type { SituationSpec } from '../round/situations.js';
import { within } from '../service/scout.js';
import type { Route } from './route.js';

/** Between an answer and the next request of the same client, before the signal. */
const THINK_MS = 20;
/** After it: those whom the freeze has brought into step are not to come all at once when connections are closed. */
const THINK_LATER_MS = 100;
/** Each client has had so many answers when the signal comes, or one of each instance, where they take their time. */
const WARM = 8;
const WARM_MS = 500;
const CONNECT_MS = 1_000;
/** Every fourth client comes while the instance is frozen, so that connections wait to be accepted there, too. */
const NEWCOMERS = 4;

/** Where clients may send, and what: both may change while they go on. */
export interface Routing {
  readonly routes: readonly Route[];
  /** Whose turn it is at the signal. */
  readonly stopped: number;
  request(requests: Requests, id: string): string;
}

/** Clients that go on asking until the round is over, each on a connection that it keeps to each of its routes. */
export function loadOn(routing: Routing): SituationSpec {
  return {
    id: LOAD.id,
    title: LOAD.title,
    count: ({ options }) => options.clients,
    play: (cast, cue, number) => askInTurn(cast, cue, number, routing),
  };
}

/** It takes its routes in turn, and never sends a request again. */
async function askInTurn(cast: Cast, cue: Cue, number: number, routing: Routing): Promise<void> {
  const kept = new Map<Route, Actor<Client>>();
  const isNew = number % NEWCOMERS === NEWCOMERS - 1;
  if (isNew) {
    await cue.frozen();
    // Where the queue is full its connection is not made: nobody waits for that.
    void cue.signal();
  }
  const since = performance.now();
  const first = isNew ? routing.stopped : number;
  for (let turn = first; !cue.play.isOver; turn++) {
    const route = await reach(cast, kept, routing.routes, turn);
    const actor = route && kept.get(route);
    if (route !== undefined && actor !== undefined) {
      const id = `${actor.id}.${actor.client.asked.length}`;
      const asked = actor.client.ask(id, routing.request(route.requests, id));
      if ((await actor.client.answered(asked)) !== undefined) route.answered();
    }
    const asked = turn - first + 1;
    const late = performance.now() - since > WARM_MS && asked >= routing.routes.length;
    if (asked >= WARM || late) void cue.signal();
    await sleep(thinkMs(cue) * (0.5 + Math.random()));
  }
  for (const { client } of kept.values()) client.close();
}

function thinkMs({ play }: Cue): number {
  return play.signalledAt === 0 ? THINK_MS : THINK_LATER_MS;
}

/** The route whose turn it is, else the next one to which there is, or can be had, a connection. */
async function reach(
  cast: Cast,
  kept: Map<Route, Actor<Client>>,
  routes: readonly Route[],
  turn: number,
): Promise<Route | undefined> {
  for (let step = 0; step < routes.length; step++) {
    const route = routes[(turn + step) % routes.length] as Route;
    const client = kept.get(route)?.client;
    if (client?.open && !client.leaving) return route;
    if (route.isClosedTo(cast)) continue;
    const actor = route.connect(cast);
    kept.set(route, actor);
    if (await within(CONNECT_MS, actor.client.usable())) return route;
    if (actor.client.ending === 'refused') route.refuses = true;
    actor.client.close();
  }
  return undefined;
}
