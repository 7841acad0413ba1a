import { setTimeout as sleep } from 'node:timers/promises';
import { LagMeter } from '../lag.js';
import type { RoundKind } from '../model.js';
import type { Found } from '../service/find.js';
import type { Exit, Service } from '../service/service.js';
import type { Cast } from './cast.js';
import { Closing } from './closing.js';
import { Freeze } from './freeze.js';
import { LOAD } from './load.js';
import { Play } from './play.js';
import { type Prober, probersOf } from './prober.js';
import { servingOf } from './serving.js';
import { possible, type SituationSpec } from './situations.js';
import { type End, Watch } from './watch.js';

/** And five times what a request takes. */
const PREPARE_MS = 5_000;
/** A service may take fewer connections at a time than there are. */
export const CROWDED: Unproved = { text: 'not every connection could be prepared', by: 'machine' };
const SLOW: Unproved = { text: 'the preparations took longer than the service may be frozen', by: 'machine' };
const ENDED: Unproved = { text: 'the service ended before the signal', by: 'other' };
const KEPT_WAITING: Unproved = {
  text: 'an instance that was not stopped has kept its clients waiting',
  by: 'other',
};
const FROZEN_MS = 140;
/** So long clients that go on asking run up against a frozen instance of a rolling restart. */
const GATHER_MS = 70;
/** What has been closed by the service's end takes a moment to reach us. */
const LAST_NEWS_MS = 150;

/** Why a round proves nothing. */
export interface Unproved {
  text: string;
  /** Whose doing it is: the service limits what it takes, the machine or the drill is too slow, or none of both. */
  by: 'service' | 'machine' | 'other';
  /** So many connections the service refused or dropped. */
  refused?: number;
}

export interface RoundPlan {
  number: number;
  kind: RoundKind;
  note: string | null;
  signal: NodeJS.Signals;
  /** A second signal so long after the first. */
  secondSignalMs: number | null;
  /** When, after the signal, it is known to close its listening socket: there it is frozen once more. */
  closesAfterMs: number | null;
  graceMs: number;
  hangMs: number;
  wanted(situation: SituationSpec): boolean;
  /** Connections are closed by the client after each answer: what is not kept needs no waiting for. */
  closesWhenAnswered: boolean;
  rolling: RollingPlan | null;
}

/** Of a rolling restart: its clients, who go on with other instances, and what follows the end of the one that is stopped. */
export interface RollingPlan {
  load: SituationSpec;
  takeOver(): Promise<void>;
}

/** What a round brought, before anybody judges it. Times by performance.now(). */
export interface RawRound {
  plan: RoundPlan;
  service: Service;
  found: Found;
  readyMs: number;
  cast: Cast;
  watch: Watch;
  freeze: Freeze;
  closing: Closing | undefined;
  signalledAt: number;
  secondSignalAt: number | undefined;
  end: End;
  exit: Exit | undefined;
  killedAt: number | undefined;
  lag: LagMeter;
  probers: Prober[];
  /** Something of the preparation did not come about. */
  unprepared: Unproved | null;
}

/** Holds one round with a service that is ready; ends the service. */
export async function holdRound(
  plan: RoundPlan,
  service: Service,
  found: Found,
  readyMs: number,
  cast: Cast,
): Promise<RawRound> {
  const play = new Play();
  const watch = new Watch(service, found, cast, plan);
  const lag = new LagMeter();
  lag.start();
  for (const situation of situationsOf(plan, cast)) {
    const count = situation.count(cast);
    for (let number = 0; number < count; number++) play.run((cue) => situation.play(cast, cue, number));
  }
  let unprepared: Unproved | null = null;
  if (!(await play.ready('brink', PREPARE_MS + 5 * cast.scouted.get.ms))) unprepared = CROWDED;
  const serving = await servingOf(service, found);
  watch.serving = serving;
  play.begin('brink');
  await play.ready('frozen', 50);
  await sleep(Math.min(20, Math.max(0, cast.scouted.get.ms / 2 - 1)));
  if (plan.kind === 'load' || plan.kind === 'rolling') await lookAway(cast);
  if (service.exit !== undefined) unprepared = ENDED;

  // Under load everything is as it comes.
  const freeze = await Freeze.of(plan.kind === 'load' ? [] : serving);
  play.begin('frozen');
  // On a machine with tens of thousands of connections nobody can look in time: then causes are inferred.
  await Promise.race([
    play
      .ready('signal', FROZEN_MS)
      .then(() => (plan.rolling === null ? undefined : sleep(GATHER_MS)))
      .then(() => watch.snapshot(() => freeze.lasts)),
    freeze.due,
  ]);
  if (!freeze.lasts) unprepared ??= SLOW;
  const signalledAt = performance.now();
  service.signal(plan.signal);
  freeze.thaw();
  watch.signalled();
  play.begin('signal');
  const probers = probersOf(cast.scouted, found, cast.requests);
  for (const prober of probers) prober.start();
  if (plan.closesWhenAnswered) cast.closeWhenAnswered();

  const { closesAfterMs } = plan;
  const closing = closesAfterMs === null ? undefined : new Closing(cast, watch, signalledAt, closesAfterMs);
  let secondSignalAt: number | undefined;
  const second = setTimeout(() => {
    secondSignalAt = performance.now();
    service.signal(plan.signal);
  }, plan.secondSignalMs ?? 0);
  if (plan.secondSignalMs === null) clearTimeout(second);

  const end = await watch.untilTheEnd();
  clearTimeout(second);
  closing?.cancel();
  for (const prober of probers) prober.stop();
  const killedAt = end === 'gone' ? undefined : performance.now();
  const { exit } = service;
  await service.kill();
  await plan.rolling?.takeOver();
  play.begin('over');
  if (plan.rolling !== null && !(await play.ready('over', PREPARE_MS + 5 * cast.scouted.get.ms)))
    unprepared ??= KEPT_WAITING;
  await lastNews(cast);
  lag.stop();
  const raw: RawRound = {
    ...{ plan, service, found, readyMs, cast, watch, freeze, signalledAt, secondSignalAt, end },
    ...{ exit, killedAt, lag, probers, closing, unprepared },
  };
  cast.scouted.usual.note(raw);
  return raw;
}

/** The platform sends clients elsewhere; who has a connection goes on asking on it. */
async function lookAway(cast: Cast): Promise<void> {
  const { preStopMs } = cast.options;
  if (preStopMs === 0) return;
  cast.lookedAway = true;
  await sleep(preStopMs);
}

function situationsOf(plan: RoundPlan, cast: Cast): SituationSpec[] {
  if (plan.rolling !== null) return [plan.rolling.load];
  return plan.kind === 'load' ? [LOAD] : possible(cast).filter(plan.wanted);
}

/** Hears of what the service's end has closed, and closes the rest. */
async function lastNews(cast: Cast): Promise<void> {
  const all = Promise.all(cast.actors.map(({ client }) => client.until(() => !client.open)));
  await Promise.race([all, sleep(LAST_NEWS_MS)]);
  for (const { client } of [...cast.actors, ...cast.elsewhere]) if (client.open) client.close();
}
