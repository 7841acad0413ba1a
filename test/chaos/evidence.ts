/** What is known of a breach, for whoever cannot play it again: much of it is a matter of microseconds. */
import type { Client } from './client.js';
import type { Outcome } from './run-world.js';

/** In milliseconds since shutdown() was called. */
export function evidence(outcome: Outcome, found: readonly string[]): string {
  const since = (at: number | undefined) =>
    at === undefined ? undefined : Math.round(at - outcome.calledAt);
  const phases = Object.entries(outcome.enteredAt).map(([phase, at]) => `${phase} ${since(at)}`);
  const concerned = outcome.clients.filter(({ sent }) =>
    sent.some(({ url }) => found.some((breach) => breach.startsWith(`${url} `))),
  );
  return [
    `  phases: ${phases.join(', ')}; resolved ${since(outcome.resolvedAt)}`,
    `  report: ${JSON.stringify(outcome.report)}`,
    ...concerned.map((client) => `  client: ${JSON.stringify(historyOf(client, since))}`),
  ].join('\n');
}

function historyOf(client: Client, since: (at: number | undefined) => number | undefined): object {
  const { place, port, plan, sent } = client;
  return {
    plan,
    connected: since(client.connectedAt),
    closed: since(client.closedAt),
    sent: sent.map((one) => ({ ...one, sentAt: since(one.sentAt) })),
    accepted: place.accepted
      .filter((one) => one.port === port)
      .map(({ at, closedAt }) => [since(at), since(closedAt)]),
    handled: place.handled
      .filter((one) => one.port === port)
      .map(({ url, beganAt, finishedAt, endedAt }) => [
        url,
        since(beganAt),
        since(finishedAt),
        since(endedAt),
      ]),
  };
}
