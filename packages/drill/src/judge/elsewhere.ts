import type { Asked } from '../client/conversation.js';
import type { Outcome } from '../model.js';
import type { Actor } from '../round/cast.js';
import type { RawRound } from '../round/round.js';
import type { Loss } from './cause.js';
import { RACE_MS, slackMs } from './outcome.js';

/** By this a proxy says that it got no answer from where it sent the request. */
const BAD_GATEWAY = 502;
/** What has been lost by an instance's end is known behind a proxy this much later at most. */
const NEWS_MS = 250;

/**
 * How a request ended in a rolling restart that did not go to the instance that was stopped, but to a proxy, or to the
 * other one.
 *
 * Behind a proxy, too, a request may meet the close of a kept connection, which no service can rule out (RFC 9112 section
 * 9.6): its client is told so at once.
 */
export function outcomeElsewhere(raw: RawRound, { client, expects }: Actor, asked: Asked): Outcome {
  const { answer, sentAt, endedAt = Number.POSITIVE_INFINITY } = asked;
  const isUsual = (status: number) => status === expects || raw.cast.scouted.usual.has(expects, status);
  if (answer?.whole && isUsual(answer.status)) return 'answered';
  const noAnswer = asked.firstByteAt === undefined || (answer?.whole && answer.status === BAD_GATEWAY);
  const margin = client.roundTripMs + RACE_MS + slackMs(raw, sentAt, endedAt);
  return noAnswer && sentAt >= raw.signalledAt && endedAt - sentAt <= margin ? 'race' : 'lost';
}

/** What was lost elsewhere; inferred from the time at which it was that it was lost by the restart. */
export function lossesElsewhere(raw: RawRound): Loss[] {
  const over = (raw.exit?.at ?? raw.killedAt ?? raw.signalledAt) + NEWS_MS;
  return raw.cast.elsewhere.flatMap((actor) =>
    actor.client.asked
      .filter((asked) => outcomeElsewhere(raw, actor, asked) === 'lost')
      .map((asked) => {
        const endedAt = asked.endedAt ?? Number.POSITIVE_INFINITY;
        const inTime = endedAt >= raw.signalledAt && endedAt <= over + slackMs(raw, raw.signalledAt, over);
        return { actor, asked, code: 'D016', certainty: inTime ? 'inferred' : 'unknown' } as const;
      }),
  );
}
