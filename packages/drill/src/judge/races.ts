import type { Finding } from '../model.js';
import type { Actor } from '../round/cast.js';
import type { RawRound } from '../round/round.js';
import { about } from './about.js';
import type { Judged } from './findings.js';
import { outcomeOf } from './outcome.js';
import { situationTitle } from './words.js';

/** More than this share of the connections that were kept when the signal came is no bad luck any more. */
const TOLERATED = 0.01;
/** Nor are so many, where fewer than a hundred were kept. */
const FEWEST = 3;

/** Requests that met the close of their connection; told where there are many, or where each one counts. */
export function findingOfRaces(rounds: readonly Judged[], strict: boolean): Finding[] {
  // A process that ends, or is ended, takes all that is under way with it: that is told by its own code.
  if (rounds.some(({ losses }) => losses.some(({ code }) => code < 'D007'))) return [];
  // So does one that drops what comes on kept connections, whenever it comes.
  const drops = rounds.some(({ losses }) =>
    losses.some(({ code, actor, asked }) => code === 'D014' && isOnKept(actor) && asked.answer === undefined),
  );
  if (drops) return [];
  const raced = rounds.map(({ raw }) => racesOf(raw));
  const races = raced.flat();
  const kept = rounds.reduce(
    (sum, { raw }) => sum + raw.cast.actors.filter((one) => isKept(raw, one)).length,
    0,
  );
  const many = races.length >= FEWEST && races.length > TOLERATED * kept;
  if (races.length === 0 || !(strict || many)) return [];
  const hit = rounds.filter((_, index) => (raced[index] ?? []).length > 0);
  const requests = races.length === 1 ? '1 request was' : `${races.length} requests were`;
  const situations = [...new Set(races.map(({ situation }) => situation))];
  return [
    {
      ...about('D015', `${requests} sent as the connection closed`, hit, rounds, [
        `${kept} connections were kept over ${rounds.length} rounds`,
        situations.map(situationTitle).join(', '),
      ]),
      situations,
    },
  ];
}

function isOnKept({ situation, client }: Actor): boolean {
  return situation === 'next' || (situation === 'load' && client.asked.length > 1);
}

/** One for each request. */
function racesOf(raw: RawRound): Actor[] {
  return raw.cast.actors
    .filter((actor) => isKept(raw, actor))
    .flatMap((actor) =>
      actor.client.asked
        .filter((asked) => !asked.warm && outcomeOf(raw, actor, asked) === 'race')
        .map(() => actor),
    );
}

/** Open at the signal, with an answer behind it. */
function isKept({ signalledAt }: RawRound, { client }: Actor): boolean {
  return (
    client.openedAt < signalledAt &&
    (client.endedAt ?? signalledAt) >= signalledAt &&
    client.asked.some(({ answer, endedAt }) => answer?.whole === true && (endedAt ?? 0) < signalledAt)
  );
}
