/** The report's counts add up with what handlers and clients saw. */
import type { DrainReport } from '@http-drain/core';
import type { Client, Sent } from './client.js';
import type { Handled } from './place.js';
import type { Outcome } from './run-world.js';

export function miscounts(outcome: Outcome): string[] {
  const report = outcome.report!;
  const { requests, connections, stuck, background } = report;
  const found: string[] = [];
  const expect = (what: string, told: number, seen: number) => {
    if (told !== seen) found.push(`${what}: the report has ${told}, there were ${seen}`);
  };

  const isRequest = ({ protocol, probe }: DrainReport['stuck'][number]) =>
    /^(http\/|h2)/.test(protocol) && !probe;
  expect('requests forced', requests.forced, stuck.filter(isRequest).length);
  const accounted = requests.completed + requests.aborted + requests.forced;
  if (Object.values(requests).some((count) => count < 0)) found.push('a count is negative');
  if (seesAll(outcome)) {
    const since = handledSinceCall(outcome);
    const begun = since.filter(({ beganAt }) => beganAt < outcome.calledAt);
    expect('requests in flight at the start', requests.inFlightAtStart, begun.length);
    const polite = outcome.clients.filter(
      ({ brokeAt, place, port }) => brokeAt === undefined && !place.stumbledOver.has(port),
    );
    // A client that breaks off may have got its answer whole, and its server been told of the end before it knew.
    const before = since.filter((handled) => endedBeforeForcing(outcome, handled));
    const [surely, perhaps] = [finishedOf(polite, before, false), finishedOf(outcome.clients, since, true)];
    if (outcome.world.options.lateRequests === 'serve') {
      expect('requests', accounted, since.length);
      expect('requests rejected', requests.rejected, 0);
    }
    const tooMany = !speaksHttp2(outcome) && requests.completed > perhaps;
    // Of a stream that is destroyed with its session Node does not tell whether its last frame had gone out.
    const answered = requests.completed + (speaksHttp2(outcome) ? requests.forced : 0);
    if (answered < surely || tooMany || accounted < since.length)
      found.push(
        `${surely} to ${perhaps} of ${since.length} requests finished, the report has ${JSON.stringify(requests)}`,
      );
    expect('connections open at the start', connections.openAtStart, openAtCall(outcome));
    expect('connections', connections.closed + connections.forced, connectionsSinceCall(outcome));
  }
  for (const { url } of stuck) if (isFinished(outcome, url)) found.push(`${url} is stuck, but was answered`);
  const cutShort = stuck.filter(({ answered }) => answered).length;
  if (requests.rejected + cutShort < refusalsSeen(outcome))
    found.push(
      `${requests.rejected} rejected, ${cutShort} cut short, but clients got ${refusalsSeen(outcome)} refusals`,
    );
  if (report.outcome === 'drained' && (stuck.length > 0 || connections.forced > 0 || background.length > 0))
    found.push('nothing was forced, and yet something was');
  return found;
}

/** A server that is tracked late has pipelined requests of which nothing tells; one that is fed goes on after the end. */
const seesAll = ({ world }: Outcome): boolean =>
  world.servers.every(({ life, tracked }) => tracked !== 'late' && life !== 'is fed');

const mainPlaces = ({ places }: Outcome) => places.filter(({ isProbe }) => !isProbe);

const handledSinceCall = (outcome: Outcome) =>
  mainPlaces(outcome).flatMap((place) =>
    place.handled.filter(
      (handled) => handled.beganAt < outcome.resolvedAt && place.endOf(handled) >= outcome.calledAt,
    ),
  );

/** Those that a client got whole. */
const wholeOf = (clients: readonly Client[]): Sent[] =>
  clients.flatMap(({ sent }) => sent).filter(({ answer }) => answer?.whole && answer.status === 200);

/** How many of them there are; or, with those of which Node tells that they were handed over whole. */
function finishedOf(clients: readonly Client[], handled: readonly Handled[], byNode: boolean): number {
  const ids = new Set(wholeOf(clients).map(({ id }) => id));
  return handled.filter(({ id, finishedAt }) => (byNode && finishedAt !== undefined) || ids.has(id)).length;
}

const speaksHttp2 = ({ world }: Outcome): boolean =>
  world.servers.some(({ kind }) => kind === 'h2' || kind === 'h2c');

/** A connection is open until its socket tells that it has closed. */
const connectionsBetween = (outcome: Outcome, from: number, until: number): number =>
  mainPlaces(outcome)
    .flatMap(({ accepted }) => accepted)
    .filter(({ at, closedAt = Infinity }) => at < until && closedAt >= from).length;

const openAtCall = (outcome: Outcome): number =>
  connectionsBetween(outcome, outcome.calledAt, outcome.calledAt);

const connectionsSinceCall = (outcome: Outcome): number =>
  connectionsBetween(outcome, outcome.calledAt, outcome.resolvedAt);

/** Node told that it has finished. Of one that the kernel took in the very moment of forcing nothing tells. */
const endedBeforeForcing = ({ enteredAt }: Outcome, handled: Handled | undefined): boolean =>
  enteredAt.forcing === undefined || (handled?.finishedAt ?? Infinity) < enteredAt.forcing;

/** Before it was forced, and its client says so: of an answer that was cut, Node 20 and 22 tell that it has finished. */
function isFinished(outcome: Outcome, url: string): boolean {
  const handled = outcome.places.flatMap((place) => place.handled).find((one) => one.url === url);
  if ((handled?.finishedAt ?? Infinity) >= (outcome.enteredAt.forcing ?? Infinity)) return false;
  return wholeOf(outcome.clients).some((one) => one.url === url);
}

/**
 * 503 is what nobody but the drain answers here. To a client that breaks off it may go unnoticed, and counts as aborted; of
 * a server that is fed when all is over it may be under way at the end.
 */
const refusalsSeen = ({ clients }: Outcome): number =>
  clients
    .filter(({ brokeAt, place }) => brokeAt === undefined && !place.isProbe && place.plan.life !== 'is fed')
    .flatMap(({ sent }) => sent)
    .filter(({ answer }) => answer?.status === 503).length;
