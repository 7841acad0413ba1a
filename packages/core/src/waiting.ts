import type { DrainTracker } from './drain-tracker.js';
import { seconds } from './report-text.js';

/** What a drain waits for, in words: "3 requests (oldest GET /a, 1.2 s), 4 connections, background work b, hook c". */
export function describeWaiting(drain: DrainTracker): string {
  const { servers, background, before } = drain;
  return list([
    ...requests(drain),
    ...some(servers.openConnections, 'connection'),
    ...background.list().map(({ name }) => `background work ${name}`),
    ...before.unsettled.map((name) => `hook ${name}`),
    ...(servers.main.length === 0 ? drain.after.unsettled.map((name) => `hook ${name}`) : []),
  ]);
}

/** What is lost if the process ends now. */
export function describeLoss(drain: DrainTracker): string {
  const hooks = [...drain.before.unsettled, ...drain.after.unsettled];
  return list([
    ...(requests(drain).length > 0 ? requests(drain) : ['0 requests']).map((text) => `${text} in flight`),
    ...drain.background.list().map(({ name }) => `background work ${name}`),
    ...(hooks.length > 0 ? [`hooks not run: ${hooks.join(', ')}`] : []),
  ]);
}

function requests({ ledger, options }: DrainTracker): string[] {
  const [oldest] = ledger.inFlight;
  if (!oldest) return [];
  const { method, url, ageMs } = oldest.describe(options.urls);
  return [`${some(ledger.inFlight.size, 'request')[0]} (oldest ${method} ${url}, ${seconds(ageMs)})`];
}

const some = (count: number, noun: string): string[] =>
  count === 0 ? [] : [`${count} ${noun}${count === 1 ? '' : 's'}`];

const list = (parts: string[]): string => (parts.length > 0 ? parts.join(', ') : 'nothing');
