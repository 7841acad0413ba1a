/**
 * What was answered was answered whole, and what the server had got before draining began was answered, or was cut by
 * force, which the report says.
 */
import type { Client, Sent } from './client.js';
import type { Accepted } from './place.js';
import type { Outcome } from './run-world.js';

/** Less than what a connection has for its first request (500 ms), for a loaded machine. */
const KEPT_AT_LEAST_MS = 250;

export function brokenPromises(outcome: Outcome): string[] {
  return outcome.clients
    .filter(({ place, port }) => !place.isProbe && !place.ownerClosed && !place.isNeighbours(port))
    .filter((client) => client.place.plan.life !== 'owner closes meanwhile' || acceptedAs(client))
    .flatMap((client) => judge(outcome, client));
}

function judge(outcome: Outcome, client: Client): string[] {
  const found: string[] = [];
  const connection = acceptedAs(client);
  for (const [index, sent] of client.sent.entries()) {
    const earlier = client.speaksHttp2 ? [] : client.sent.slice(0, index);
    const say = (what: string) => found.push(`${sent.url} (${client.place.plan.kind}) ${what}`);
    const { answer } = sent;
    if (answer?.id !== undefined && answer.id !== sent.id) say(`got the answer to ${answer.id}`);
    const together = client.speaksHttp2 ? [sent] : client.sent;
    if (
      client.brokeAt !== undefined ||
      nodeCloses(outcome, client, together) ||
      client.place.stumbledOver.has(client.port)
    )
      continue;
    if (sent.refused && maySayGoaway(outcome)) continue;
    if (mayBeCut(outcome, together, connection) || isFedTooLate(outcome, client, connection)) continue;
    if (answer && !answer.whole) say(`got ${answer.bytes} bytes of an answer that was to be more`);
    else if (!answer && finishedWhole(client, sent)) say('was answered, but its client never saw it');
    else if (!answer && isDue(outcome, sent, earlier))
      say('had been sent before draining began, and is lost');
    else if (!answer && isFirstInTime(outcome, client, sent, index))
      say('was the first of a new connection, and is lost');
    else if (!answer && reachedHandler(client, sent, earlier)) say('reached its handler, and got no answer');
    if (answer?.status === 503 && isDue(outcome, sent, earlier))
      say('had been sent before draining began, and was refused');
    if (answer?.status === 400) say('was taken for a bad request');
  }
  return found;
}

/** The requests that were there when draining began. */
function isDue({ enteredAt }: Outcome, { sentAt }: Sent, earlier: readonly Sent[]): boolean {
  if (sentAt === undefined || sentAt >= (enteredAt.draining ?? enteredAt.forcing ?? 0)) return false;
  return !earlier.some(({ answer, route }) => answer?.saysClose || route === 'closing');
}

/** A connection that was new when draining began is kept a short while for its first request. */
function isFirstInTime(
  { enteredAt, world }: Outcome,
  client: Client,
  { sentAt }: Sent,
  index: number,
): boolean {
  const { connectedAt = Infinity } = client;
  const drainingAt = enteredAt.draining ?? 0;
  if (index > 0 || sentAt === undefined || world.options.lateRequests === 'reject') return false;
  return connectedAt < drainingAt && sentAt < connectedAt + KEPT_AT_LEAST_MS && sentAt >= drainingAt;
}

/** Either its handler does not run, or its answer is sent. */
const reachedHandler = ({ place }: Client, { id }: Sent, earlier: readonly Sent[]): boolean =>
  place.handled.some((handled) => handled.id === id) && !earlier.some(({ route }) => route === 'closing');

/** Before draining begins: a stream that crosses the GOAWAY is not taken, and its client knows. */
const maySayGoaway = ({ world: { options } }: Outcome): boolean =>
  options.maxConnectionAgeMs > 0 || options.http2LameDuck === 'goaway';

/** It ended by force, or by the hand of its own handler. */
function mayBeCut(
  { enteredAt, report }: Outcome,
  together: readonly Sent[],
  connection: Accepted | undefined,
): boolean {
  if (together.some(({ route }) => route === 'quits')) return true;
  if (report!.outcome === 'drained' || enteredAt.forcing === undefined) return false;
  return connection?.closedAt === undefined || connection.closedAt >= enteredAt.forcing;
}

/** Who feeds a server by hand may go on when all is drained, and the world ends while it is served. */
const isFedTooLate = ({ drainedAt }: Outcome, { place }: Client, connection: Accepted | undefined): boolean =>
  place.plan.life === 'is fed' && connection !== undefined && connection.at >= drainedAt;

/**
 * Before there is a drain, Node closes a connection on its own after an answer that said so, without lingering: what
 * its client still sends resets the answer.
 */
function nodeCloses({ calledAt }: Outcome, { place }: Client, together: readonly Sent[]): boolean {
  const closing = together.filter(({ route }) => route === 'closing').map(({ id }) => id);
  return place.handled.some(({ id, finishedAt = Infinity }) => closing.includes(id) && finishedAt < calledAt);
}

const acceptedAs = ({ place, port }: Client): Accepted | undefined =>
  place.accepted.find((accepted) => accepted.port === port);

const finishedWhole = ({ place }: Client, { id }: Sent): boolean =>
  place.handled.some((handled) => handled.id === id && handled.finishedAt !== undefined);
