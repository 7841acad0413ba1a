import type { Code } from '../model.js';
import { type Cause, type Loss, outlivedItsQueue, wasInFlight } from './cause.js';
import type { Judged } from './findings.js';

const OF_CONNECTIONS: readonly Code[] = ['D007', 'D008', 'D010', 'D013', 'D014'];

/** The losses of all rounds, by as few causes as explain them. */
export function settled(rounds: readonly Judged[]): Judged[] {
  const ended = byEnd(rounds.map((judged) => bySecondSignal(judged, rounds)));
  const all = ended.flatMap(({ losses }) => losses);
  return ended.map(({ raw, losses }) => ({
    raw,
    losses: losses.map((loss) => ({ ...loss, ...simpler(all, loss) })),
  }));
}

/** A process that outlives one signal in all other rounds was ended by the second. */
function bySecondSignal({ raw, losses }: Judged, rounds: readonly Judged[]): Judged {
  const { secondSignalAt, exit } = raw;
  const second = secondSignalAt !== undefined && exit !== undefined && exit.at > secondSignalAt;
  const others = rounds.filter((other) => other.raw.plan.secondSignalMs === null);
  const alsoWithout = others.some((other) =>
    other.losses.some(({ code }) => code === 'D002' || code === 'D003'),
  );
  if (!second || others.length === 0 || alsoWithout) return { raw, losses };
  const isEnd = ({ code }: Loss) => code === 'D002' || code === 'D003';
  return { raw, losses: losses.map((loss) => (isEnd(loss) ? { ...loss, code: 'D005' } : loss)) };
}

/**
 * A process that is known to end with requests open took its listening socket with it, where that went at the moment of
 * its end: also in a round in which nothing else was open.
 */
function byEnd(rounds: readonly Judged[]): readonly Judged[] {
  if (!rounds.some(({ losses }) => losses.some(({ code }) => code === 'D003'))) return rounds;
  return rounds.map(({ raw, losses }) => ({
    raw,
    losses: losses.map((loss) =>
      loss.code === 'D007' && raw.exit !== undefined && !outlivedItsQueue(raw, loss.actor)
        ? { ...loss, code: 'D003', certainty: 'inferred' }
        : loss,
    ),
  }));
}

/** Where what was seen elsewhere explains a loss as well, it is not put down to a cause of its own. */
function simpler(losses: readonly Loss[], { actor, code, certainty }: Loss): Cause | undefined {
  // Where nobody accepts, it makes no difference how long one had waited when the listening socket went.
  if (code === 'D007' && losses.some((other) => other.code === 'D009')) return { code: 'D009', certainty };
  // It may have been read after the thaw, as others were that met the same end.
  const readAndReset = losses.some(
    (other) =>
      other.code === 'D010' &&
      (other.certainty === 'seen' || wasInFlight(other.actor)) &&
      other.actor.client.ending === 'reset',
  );
  if (code === 'D008' && readAndReset) return { code: 'D010', certainty: 'inferred' };
  if (certainty === 'seen' || !OF_CONNECTIONS.includes(code)) return undefined;
  const alike = losses.find(
    (other) =>
      kindOf(other.actor) === kindOf(actor) &&
      other.certainty === 'seen' &&
      OF_CONNECTIONS.includes(other.code),
  );
  return alike && { code: alike.code, certainty: 'inferred' };
}

/** Clients that go on with a kept connection meet the same, in a witness round and under load. */
function kindOf({ situation }: Loss['actor']): string {
  return situation === 'next' ? 'load' : situation;
}
