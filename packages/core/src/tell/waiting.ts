import type { DrainState } from '../drain/drain-state.js';
import { seconds } from './report-text.js';

/** What a drain waits for, in words: "3 requests (oldest GET /a, 1.2 s), 4 connections, background work b, hook c". */
export function describeWaiting(state: DrainState): string {
  const { servers, background, before } = state;
  return list([
    ...requests(state),
    ...some(servers.openConnections, 'connection'),
    ...background.list().map(({ name }) => `background work ${name}`),
    ...before.unsettled.map((name) => `hook ${name}`),
    ...(servers.main.length === 0 ? state.after.unsettled.map((name) => `hook ${name}`) : []),
  ]);
}

/** What is lost if the process ends now. */
export function describeLoss(state: DrainState): string {
  const hooks = [...state.before.unsettled, ...state.after.unsettled];
  return list([
    ...(requests(state).length > 0 ? requests(state) : ['0 requests']).map((text) => `${text} in flight`),
    ...state.background.list().map(({ name }) => `background work ${name}`),
    ...(hooks.length > 0 ? [`hooks not run: ${hooks.join(', ')}`] : []),
  ]);
}

function requests({ ledger, options }: DrainState): string[] {
  const [oldest] = ledger.inFlight;
  if (!oldest) return [];
  const { method, url, ageMs } = oldest.describe(options.urls);
  return [`${some(ledger.inFlight.size, 'request')[0]} (oldest ${method} ${url}, ${seconds(ageMs)})`];
}

const some = (count: number, noun: string): string[] =>
  count === 0 ? [] : [`${count} ${noun}${count === 1 ? '' : 's'}`];

const list = (parts: string[]): string => (parts.length > 0 ? parts.join(', ') : 'nothing');
