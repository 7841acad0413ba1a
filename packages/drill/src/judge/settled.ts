import type { Code } from '../model.js';
import { type Cause, causeOf, IN_FLIGHT, type Loss, outlivedItsQueue, wasInFlight } from './cause.js';
import type { Judged } from './findings.js';
import { endOf } from './outcome.js';
import { SAME_MOMENT_MS, wasAccepted, wasOutlived } from './process-cause.js';

const OF_CONNECTIONS: readonly Code[] = ['D007', 'D008', 'D010', 'D013', 'D014'];

/** The losses of all rounds, by as few causes as explain them. */
export function settled(rounds: readonly Judged[]): Judged[] {
  const signalled = rounds.map((judged) => withoutSecondSignal(bySecondSignal(judged, rounds), rounds));
  const ended = byEnd(outlived(signalled));
  return again(again(ended, simpler), likeOthers);
}

/** With what all losses together say of each. */
function again(
  rounds: readonly Judged[],
  causeOf: (all: readonly Loss[], loss: Loss) => Cause | undefined,
): Judged[] {
  const all = rounds.flatMap(({ losses }) => losses);
  return rounds.map(({ raw, losses }) => ({
    raw,
    losses: losses.map((loss) => ({ ...loss, ...causeOf(all, loss) })),
  }));
}

/** A process that outlives one signal in all other rounds was ended by the second. */
function bySecondSignal({ raw, losses }: Judged, rounds: readonly Judged[]): Judged {
  const { secondSignalAt, exit } = raw;
  const second = secondSignalAt !== undefined && exit !== undefined && exit.at > secondSignalAt;
  const others = rounds.filter((other) => other.raw.plan.secondSignalMs === null);
  const alsoWithout = others.some((other) => other.losses.some(isEnd));
  if (!second || others.length === 0 || alsoWithout) return { raw, losses };
  return { raw, losses: losses.map((loss) => (isEnd(loss) ? { ...loss, code: 'D005' } : loss)) };
}

/** A second signal that ended nothing any sooner was not what lost in its round what is lost in the others, too. */
function withoutSecondSignal({ raw, losses }: Judged, rounds: readonly Judged[]): Judged {
  const others = rounds.filter((other) => other.raw.plan.secondSignalMs === null);
  const sooner = others.every((other) => lifeMs(raw) < lifeMs(other.raw));
  if (sooner) return { raw, losses };
  const elsewhere = others.flatMap((other) => other.losses);
  const codeOf = ({ actor, code }: Loss) =>
    elsewhere.find((other) => kindOf(other.actor) === kindOf(actor))?.code ?? code;
  return {
    raw,
    losses: losses.map((loss) => (loss.code === 'D005' ? { ...loss, code: codeOf(loss) } : loss)),
  };
}

function isEnd({ code }: Loss): boolean {
  return code === 'D002' || code === 'D003';
}

/** From the signal to the exit. */
function lifeMs({ exit, signalledAt }: Judged['raw']): number {
  return (exit?.at ?? Number.POSITIVE_INFINITY) - signalledAt;
}

/** What the process was seen to outlive in one round was closed by its program in the others, however soon it ended then. */
function outlived(rounds: readonly Judged[]): Judged[] {
  const survived = rounds.flatMap(({ raw, losses }) =>
    losses.filter((loss) => !isEnd(loss) && wasOutlived(raw, loss)),
  );
  if (survived.length === 0) return [...rounds];
  // What clients under load have asked for is in flight as well.
  const inFlight = survived.some(({ actor, code }) => wasInFlight(actor) || code === 'D010');
  const kinds = new Set([
    // What waited to be accepted was put down to the end by what the others met.
    'queue',
    ...survived.map(({ actor }) => kindOf(actor)),
    ...(inFlight ? ['load', ...IN_FLIGHT] : []),
  ]);
  return rounds.map(({ raw, losses }) => {
    const isDoubted = (loss: Loss) => isEnd(loss) && kinds.has(kindOf(loss.actor));
    const ends = losses.some((loss) => isEnd(loss) && wasAccepted(loss.actor) && !isDoubted(loss));
    const withoutEnd = (loss: Loss) => ({ ...loss, ...causeOf(raw, loss.actor, loss.asked) });
    return {
      raw,
      losses: losses.map((loss) => ((ends ? isDoubted : isEnd)(loss) ? withoutEnd(loss) : loss)),
    };
  });
}

/**
 * A process that is known to end with requests open, or to die of the signal, took its listening socket with it, where
 * that went at the moment of its end: also in a round in which nothing else was open. One that dies of the signal in one
 * round decides nothing in the others, where it seems to have answered something first.
 */
function byEnd(rounds: readonly Judged[]): readonly Judged[] {
  const known = new Set(rounds.flatMap(({ losses }) => losses.map(({ code }) => code)));
  return rounds.map(({ raw, losses }) => {
    const diesOfIt = raw.exit?.signal === raw.plan.signal && known.has('D002');
    const code = diesOfIt ? 'D002' : known.has('D003') ? 'D003' : undefined;
    if (code === undefined || raw.exit === undefined) return { raw, losses };
    const isByEnd = (loss: Loss) =>
      (loss.code === 'D007' || (loss.code === 'D003' && diesOfIt)) &&
      !wasOutlived(raw, loss) &&
      !outlivedItsQueue(raw, loss.actor);
    return {
      raw,
      losses: losses.map((loss) => (isByEnd(loss) ? { ...loss, code, certainty: 'inferred' } : loss)),
    };
  });
}

/** Where what was seen elsewhere explains a loss as well, it is not put down to a cause of its own. */
function simpler(losses: readonly Loss[], loss: Loss): Cause | undefined {
  const { code, certainty } = loss;
  // Where nobody accepts, it makes no difference how long one had waited when the listening socket went.
  if (code === 'D007' && losses.some((other) => other.code === 'D009')) return { code: 'D009', certainty };
  // It may have been read after the thaw, as others were that met the same end.
  const readAndReset = losses.some(
    (other) =>
      other.code === 'D010' &&
      (other.certainty === 'seen' || wasInFlight(other.actor)) &&
      other.actor.client.ending === 'reset',
  );
  const isRead = (code === 'D008' && readAndReset) || (code === 'D014' && endedWithRead(losses, loss));
  return isRead ? { code: 'D010', certainty: 'inferred' } : undefined;
}

/** Taken right before all that had been read was dropped, and dropped with it: it need not have come too late for that. */
function endedWithRead(losses: readonly Loss[], { actor, asked, certainty }: Loss): boolean {
  if (certainty === 'seen') return false;
  const read = losses.filter((other) => other.code === 'D010' && other.certainty === 'seen');
  return read.some(
    (other) =>
      other.actor.client.ending === actor.client.ending &&
      Math.abs(endOf(other.actor, other.asked) - endOf(actor, asked)) < SAME_MOMENT_MS,
  );
}

/** What nobody saw is put down to what was seen of others in the same situation, or to what most of them met. */
function likeOthers(losses: readonly Loss[], { actor, code, certainty }: Loss): Cause | undefined {
  if (certainty === 'seen' || !OF_CONNECTIONS.includes(code)) return undefined;
  const alike = losses.filter(
    (other) => kindOf(other.actor) === kindOf(actor) && OF_CONNECTIONS.includes(other.code),
  );
  const seen = alike.find((other) => other.certainty === 'seen');
  return { code: seen?.code ?? commonest(alike), certainty: 'inferred' };
}

function commonest(losses: readonly Loss[]): Code {
  const count = (code: Code) => losses.filter((loss) => loss.code === code).length;
  return losses.map(({ code }) => code).reduce((a, b) => (count(b) > count(a) ? b : a));
}

/** Clients that go on with a kept connection meet the same, in a witness round and under load. */
function kindOf({ situation }: Loss['actor']): string {
  return situation === 'next' ? 'load' : situation;
}
