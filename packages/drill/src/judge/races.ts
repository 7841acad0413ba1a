import { closes } from '../client/client.js';
import type { Asked } from '../client/conversation.js';
import { listed } from '../enumeration.js';
import type { Finding } from '../model.js';
import type { Actor } from '../round/cast.js';
import type { RawRound } from '../round/round.js';
import { about } from './about.js';
import type { Judged } from './findings.js';
import { outcomeOf, slackMs } from './outcome.js';
import { situationTitle } from './words.js';

/** More than this share of the connections that were kept when the signal came is no bad luck any more. */
const TOLERATED = 0.01;
/** Nor are so many, one after the other, where fewer than a hundred were kept. */
const FEWEST = 3;
/** What is sent within this time of each other is sent in one go: that is bad luck once. */
const TOGETHER_MS = 0.5;
/** Where the service waited for a core, or we did, for longer than this meanwhile, the machine made many of few. */
const BUSY_MS = 4;

/**
 * A restart closes all connections of an instance that is in use, and its clients are in step: it is luck that decides
 * whether none or some are hit. Of the restarts the worst decides.
 */
const TOLERATED_IN_RESTART = 0.2;

/** Requests that met the close of their connection; told where there are many, or where each one counts. */
export function findingOfRaces(rounds: readonly Judged[], strict: boolean): Finding[] {
  // A process that ends, or is ended, takes all that is under way with it: that is told by its own code.
  if (rounds.some(({ losses }) => losses.some(({ code }) => code < 'D007' || code === 'D016'))) return [];
  // So does one that drops what comes on kept connections, whenever it comes.
  const drops = rounds.some(({ losses }) =>
    losses.some(({ code, actor, asked }) => code === 'D014' && isOnKept(actor) && asked.answer === undefined),
  );
  if (drops) return [];
  const isRolling = rounds.some(({ raw }) => raw.plan.kind === 'rolling');
  const raced = rounds.map(({ raw }) => racesOf(raw).filter((race) => strict || isOfUse(race, isRolling)));
  const races = raced.flat();
  const moments = raced.map(momentsOf);
  const kept = rounds.map(({ raw }) => actorsOf(raw).filter((one) => isKept(raw, one)).length);
  const many = isRolling
    ? moments.some((count, index) => count > TOLERATED_IN_RESTART * (kept[index] ?? 0))
    : areMany(moments, races.length, kept);
  if (races.length === 0 || !(strict || many)) return [];
  const hit = rounds.filter((_, index) => (raced[index] ?? []).length > 0);
  const requests = races.length === 1 ? '1 request was' : `${races.length} requests were`;
  const situations = [...new Set(races.map(({ actor }) => actor.situation))];
  return [
    {
      ...about('D015', `${requests} sent as the connection closed`, hit, rounds, [
        `${sum(kept)} connections were kept over ${rounds.length} rounds`,
        listed(situations.map(situationTitle)),
      ]),
      situations,
    },
  ];
}

function sum(counts: readonly number[]): number {
  return counts.reduce((a, b) => a + b, 0);
}

/** Under load, as it is in life, and not for want of a core. */
function isOfUse(race: Race, isRolling: boolean): boolean {
  return isOfLoad(race, isRolling) && race.slackMs < BUSY_MS;
}

/** What witnesses send right after the signal is sent for that. */
function isOfLoad({ actor }: Race, isRolling: boolean): boolean {
  return isRolling || actor.situation === 'load';
}

/** How many requests met the close of their connection under load, where it was the want of a core alone by which they are not told. */
export function doubtfulRaces(raw: RawRound): number {
  if (raw.plan.kind !== 'load') return 0;
  const races = racesOf(raw).filter((race) => isOfLoad(race, false));
  const kept = actorsOf(raw).filter((one) => isKept(raw, one)).length;
  const isMany = (some: readonly Race[]) => areMany([momentsOf(some)], some.length, [kept]);
  return isMany(races) && !isMany(races.filter((race) => isOfUse(race, false))) ? races.length : 0;
}

/** Of rounds in which nothing is restarted, taken together. */
function areMany(moments: readonly number[], races: number, kept: readonly number[]): boolean {
  return sum(moments) >= FEWEST && races > TOLERATED * sum(kept);
}

function isOnKept({ situation, client }: Actor): boolean {
  return situation === 'next' || (situation === 'load' && client.asked.length > 1);
}

function actorsOf({ cast }: RawRound): Actor[] {
  return [...cast.actors, ...cast.elsewhere];
}

interface Race {
  actor: Actor;
  sentAt: number;
  slackMs: number;
}

/** One for each request. */
function racesOf(raw: RawRound): Race[] {
  return actorsOf(raw)
    .filter((actor) => isKept(raw, actor))
    .flatMap((actor) =>
      actor.client.asked
        .filter((asked) => !asked.warm && outcomeOf(raw, actor, asked) === 'race')
        .map(({ sentAt, endedAt = sentAt }) => ({ actor, sentAt, slackMs: slackMs(raw, sentAt, endedAt) })),
    );
}

/** Clients that were answered in one go ask again in one go. */
function momentsOf(races: readonly Race[]): number {
  let moments = 0;
  let since = Number.NEGATIVE_INFINITY;
  for (const { sentAt } of [...races].sort((a, b) => a.sentAt - b.sentAt)) {
    if (sentAt - since < TOGETHER_MS) continue;
    since = sentAt;
    moments++;
  }
  return moments;
}

/**
 * With an answer behind it that did not say close, and open at the signal. A service that goes on with kept connections may
 * close those that were made after it as well; of a rolling restart a connection counts that the instance had when it began.
 */
function isKept({ plan, signalledAt }: RawRound, { client }: Actor): boolean {
  const before = plan.kind === 'load' ? Number.POSITIVE_INFINITY : signalledAt;
  const isBehind = ({ answer, endedAt = 0 }: Asked) =>
    answer?.whole === true && !closes(answer) && endedAt < before;
  return (
    client.openedAt < before && (client.endedAt ?? signalledAt) >= signalledAt && client.asked.some(isBehind)
  );
}
