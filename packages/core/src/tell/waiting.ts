import type { DrainState } from '../drain/drain-state.js';
import { unsettledHooks, upgradesOf } from '../drain/snapshot.js';
import { describeStuck, seconds } from './report-text.js';

/** What a drain waits for, in words: "3 requests (oldest GET /a, 1.2 s), 4 connections, background work b, hook c". */
export function describeWaiting(state: DrainState): string {
  const { family } = state;
  const connections = family.reduce((sum, { servers }) => sum + servers.openConnections, 0);
  const isDrained = family.every(({ servers }) => servers.main.length === 0);
  const hooks = isDrained ? unsettledHooks(state) : family.flatMap(({ before }) => before.unsettled);
  return list([
    ...requests(state),
    ...some(connections, 'connection'),
    ...upgraded(state),
    ...backgroundWork(state),
    ...hooks.map((name) => `hook ${name}`),
  ]);
}

/** What is lost if the process ends now; undefined where there is nothing that could be drained. */
export function describeLoss(state: DrainState): string | undefined {
  const hooks = unsettledHooks(state);
  const lost = [
    ...backgroundWork(state),
    ...(hooks.length > 0 ? [`hooks not run: ${hooks.join(', ')}`] : []),
  ];
  const hasServers = state.family.some(({ servers }) => servers.main.length > 0);
  if (lost.length === 0 && !hasServers) return undefined;
  return list([`${requests(state)[0] ?? '0 requests'} in flight`, ...lost]);
}

function requests({ family, options }: DrainState): string[] {
  const count = family.reduce((sum, { ledger }) => sum + ledger.inFlight.size, 0);
  const [oldest] = family
    .flatMap(
      ({
        ledger: {
          inFlight: [first],
        },
      }) => (first ? [first.describe(options.urls)] : []),
    )
    .sort((a, b) => b.ageMs - a.ageMs);
  if (!oldest) return [];
  const { method, url, ageMs } = oldest;
  return [`${some(count, 'request')[0]} (oldest ${method} ${url}, ${seconds(ageMs)})`];
}

/** Sockets that were handed over hold the drain until their owners end them. */
function upgraded(state: DrainState): string[] {
  const upgrades = upgradesOf(state);
  const [oldest] = upgrades;
  if (!oldest) return [];
  return [`${upgrades.length} upgraded (oldest ${describeStuck(oldest)}, ${seconds(oldest.ageMs)})`];
}

const backgroundWork = ({ family }: DrainState): string[] =>
  family.flatMap(({ background }) => background.list().map(({ name }) => `background work ${name}`));

const some = (count: number, noun: string): string[] =>
  count === 0 ? [] : [`${count} ${noun}${count === 1 ? '' : 's'}`];

const list = (parts: string[]): string => (parts.length > 0 ? parts.join(', ') : 'nothing');
