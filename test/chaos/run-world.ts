/** Plays a world, and tells what came of it. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createDrain, type Drain, type DrainReport, type Phase } from '@http-drain/core';
import { Client } from './client.js';
import { Clock, clearTimeout, now, setTimeout, turn } from './clock.js';
import { Bystander, fakeTimers, foreignOptions, letForeignCodeIn } from './company.js';
import { Machine } from './machine.js';
import { type Accepted, Place } from './place.js';
import { Surroundings } from './surroundings.js';
import { deadlineOf, type HookPlan, type WorkPlan, type World } from './world.js';

/** After the deadline and all slack: the drain has hung. */
const HANGS_MS = 3_000;

export interface Outcome {
  world: World;
  drain: Drain;
  places: Place[];
  clients: Client[];
  report: DrainReport | undefined;
  /** All calls of shutdown() returned the same promise. */
  samePromise: boolean;
  calledAt: number;
  resolvedAt: number;
  /** Between both, how long others had the processor. */
  stolenMs: number;
  enteredAt: Partial<Record<Phase, number>>;
  afterHooksRun: number[];
  /** Nothing was left to drain. */
  drainedAt: number;
  /** After-hooks that ran while a connection was open. */
  hooksTooEarly: number;
  /** Seen in the very moment of resolution. */
  atResolution: string[];
  /** What the server of somebody else's drain suffered. */
  suffered: string[];
  leftovers: string[];
  incidents: string[];
}

export async function runWorld(world: World): Promise<Outcome> {
  const surroundings = new Surroundings();
  const clock = new Clock();
  const run = new Run(world, clock);
  try {
    const outcome = await run.play();
    clock.stop();
    await run.end();
    return { ...outcome, leftovers: await surroundings.leftovers(), incidents: surroundings.incidents };
  } finally {
    clock.stop();
    surroundings.release();
  }
}

const silent = { info() {}, warn() {} };

class Run {
  readonly #drain: Drain;
  readonly #places: Place[];
  readonly #clients: Client[];
  readonly #enteredAt: Partial<Record<Phase, number>> = {};
  readonly #afterHooksRun: number[] = [];
  #drainedAt: number | undefined;
  #hooksTooEarly = 0;
  #requests = 0;

  constructor(
    readonly world: World,
    readonly clock: Clock,
  ) {
    this.#drain = createDrain({
      ...world.options,
      ...(logs(world) ? { logger: silent } : {}),
      ...foreignOptions(world),
    });
    const setting = { drain: this.#drain, clock };
    this.#places = world.servers.map((plan) => new Place(plan, setting));
    const nextId = () => String(++this.#requests);
    this.#clients = world.clients.map((plan) => new Client(plan, this.#places[plan.server]!, clock, nextId));
  }

  async play(): Promise<Omit<Outcome, 'leftovers' | 'incidents'>> {
    const { world, clock } = this;
    subscribe('http-drain:phase', this.#onPhase);
    const bystander = world.company.bystander ? await Bystander.open() : undefined;
    const endFake = world.company.fakeTimers ? fakeTimers() : () => {};
    const removeForeignCode = letForeignCodeIn(world, this.#drain);
    try {
      for (const place of this.#places) await this.#open(place);
      world.before.forEach((plan, index) => {
        this.#drain.beforeDrain(`before ${index}`, () => perform(plan, clock));
      });
      world.after.forEach((plan, index) => {
        this.#drain.afterDrain(`after ${index}`, () => this.#afterHook(plan, index));
      });
      // When nothing was left to drain only a hook is told; who feeds a server by hand may go on after that.
      if (world.after.length === 0 && world.servers.some(({ life }) => life === 'is fed'))
        this.#drain.afterDrain('witness', () => {
          this.#drainedAt ??= now();
        });
      for (const plan of world.work) this.#drain.waitUntil(work(plan, clock), `work that ${plan.does}`);
      for (const client of this.#clients) client.start();
      await clock.wait(world.shutdownAt);
      const outcome = await this.#shutDown();
      return { ...outcome, suffered: (await bystander?.leave()) ?? [] };
    } finally {
      endFake();
      removeForeignCode();
      unsubscribe('http-drain:phase', this.#onPhase);
    }
  }

  /** Everybody goes home. */
  async end(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.hearOut()));
    await Promise.all(this.#clients.map((client) => client.leave()));
    for (const place of this.#places) {
      const { server, plan, webSockets } = place;
      place.closeOthers();
      webSockets.close();
      if (server.listening) server.close();
      // It was never listening, or it is a probe's that did not come to its end: Node's own interval goes with it.
      if (plan.life === 'never listens' || plan.life === 'is fed') server.close();
    }
    await turn();
    await turn();
  }

  async #open(place: Place): Promise<void> {
    const { life, tracked } = place.plan;
    const track = () => this.#drain.track(place.server, { probe: place.isProbe });
    if (tracked === 'before' || (tracked === 'discovered' && !place.isDiscovered)) track();
    if (place.isDiscovered) this.#drain.discover((server) => server === place.server);
    if (!['never listens', 'listens late', 'is about to listen'].includes(life)) await place.listen();
    if (tracked === 'listening') track();
    if (place.plan.kind !== 'h2' && place.plan.kind !== 'https' && !place.isProbe) {
      this.#drain.trackWebSockets(place.webSockets, { spreadMs: 10 });
    }
    if (life === 'closed before') {
      const closed = new Promise((resolve) => place.server.once('close', resolve));
      place.ownerCloses();
      await closed;
      place.port = undefined;
    }
    if (life === 'owner closes') this.clock.later(this.world.shutdownAt / 2, () => place.ownerCloses());
  }

  async #shutDown(): Promise<Omit<Outcome, 'suffered' | 'leftovers' | 'incidents'>> {
    const { world, clock } = this;
    const drain = this.#drain;
    for (const place of this.#places) {
      const { life, tracked } = place.plan;
      if (tracked === 'late' && life !== 'closed before') drain.track(place.server, { probe: place.isProbe });
      // His own word counts: its accept queue is closed with it, and no more is.
      if (life === 'owner closes meanwhile') clock.later(2, () => place.server.close());
      if (life === 'listens late') clock.later(5, () => void place.listen());
      if (life === 'is about to listen') void place.listen('localhost');
    }
    const machine = new Machine();
    const calledAt = now();
    const first = drain.shutdown(world.atShutdown ?? undefined);
    let samePromise = true;
    const callAgain = () => {
      samePromise &&= drain.shutdown() === first;
    };
    if (world.secondCallAfter !== null) clock.later(world.secondCallAfter, callAgain);
    if (world.forceAfter !== null) clock.later(world.forceAfter, () => drain.force());
    const report = await withLimit(first, deadlineOf(world) + HANGS_MS);
    const resolvedAt = now();
    const atResolution = this.#remains();
    machine.stop();
    callAgain();
    return {
      world,
      drain,
      places: this.#places,
      clients: this.#clients,
      report,
      samePromise,
      calledAt,
      resolvedAt,
      stolenMs: machine.stolenMs,
      enteredAt: this.#enteredAt,
      afterHooksRun: this.#afterHooksRun,
      drainedAt: this.#drainedAt ?? this.#enteredAt.closed ?? Infinity,
      hooksTooEarly: this.#hooksTooEarly,
      atResolution,
    };
  }

  #remains(): string[] {
    const remains: string[] = [];
    const { phase, inFlight } = this.#drain;
    if (phase !== 'closed') remains.push(`the phase is ${phase}`);
    if (inFlight !== 0 && !this.#isFedTooLate) remains.push(`${inFlight} in flight`);
    for (const place of this.#places) {
      const { server, changedListeners, plan } = place;
      const openSockets = this.#openSocketsOf(place);
      if (place.listenedAfter(this.#enteredAt.closed)) continue;
      if (server.listening) remains.push(`a listening ${plan.kind} server`);
      if (openSockets.length > 0) remains.push(`${openSockets.length} sockets of a ${plan.kind} server`);
      for (const event of changedListeners) remains.push(`listeners for '${event}' on a ${plan.kind} server`);
      if (!place.hasItsClose) remains.push(`close() of a ${plan.kind} server`);
    }
    return remains;
  }

  /** Was a server fed when nothing was left to drain, or when all that there was had been destroyed? */
  get #isFedTooLate(): boolean {
    const { closed = Infinity, forcing = closed } = this.#enteredAt;
    const until = Math.min(this.#drainedAt ?? closed, forcing);
    const fed = this.#places.filter(({ plan }) => plan.life === 'is fed');
    return fed.some(({ openSockets }) => openSockets.some(({ at }) => at >= until));
  }

  /** Who feeds a server by hand may go on for as long as he likes: what comes once draining has begun is his to end. */
  #openSocketsOf(place: Place): Accepted[] {
    const { closed = Infinity, draining = closed, forcing = closed } = this.#enteredAt;
    const until = place.plan.life === 'is fed' ? Math.min(draining, forcing) : closed;
    return place.openSockets.filter(({ at }) => at < until);
  }

  #afterHook(plan: HookPlan, index: number): unknown {
    this.#afterHooksRun.push(index);
    this.#drainedAt ??= now();
    const main = this.#places.filter((place) => !place.isProbe);
    // One that begins to listen when forcing has begun, or the hooks have, is closed as soon as Node tells of it.
    const { forcing } = this.#enteredAt;
    const listens = (place: Place) =>
      place.server.listening && !place.listenedAfter(forcing ?? this.#drainedAt);
    if (main.some((place) => this.#openSocketsOf(place).length > 0 || listens(place))) this.#hooksTooEarly++;
    return perform(plan, this.clock);
  }

  readonly #onPhase = (message: unknown): void => {
    const { drain, phase } = message as { drain: Drain; phase: Phase };
    if (drain === this.#drain) this.#enteredAt[phase] = now();
  };
}

/** Without a logger the drain warns of these, and no warning is to come. */
const logs = ({ logs, servers, work }: World): boolean =>
  logs ||
  servers.some(({ life }) => life === 'listens late' || life === 'is about to listen') ||
  work.some(({ does }) => does === 'rejects');

function perform({ does }: HookPlan, clock: Clock): unknown {
  if (does === 'throws') throw new Error('this hook throws');
  if (does === 'rejects') return Promise.reject(new Error('this hook rejects'));
  if (does === 'takes a while') return clock.wait(15);
  if (does === 'hangs') return new Promise(() => {});
  return undefined;
}

function work({ does, ms }: WorkPlan, clock: Clock): Promise<void> {
  if (does === 'resolves') return clock.wait(ms);
  if (does === 'hangs') return new Promise(() => {});
  return clock.wait(ms).then(() => Promise.reject(new Error('this work fails')));
}

async function withLimit<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
