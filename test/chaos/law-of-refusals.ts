/** Who is refused gets all of the refusal, at the deadline too, and the report says of nobody that he got it who did not. */
import type { Client, Sent } from './client.js';
import type { Outcome } from './run-world.js';

export function brokenRefusals({ clients, report }: Outcome): string[] {
  const attentive = clients.filter(isAttentive);
  const sent = attentive.flatMap((client) => client.sent);
  const found = sent
    .filter(({ answer }) => answer?.status === 503 && !answer.whole)
    .map(({ url, answer }) => `${url} got ${answer?.bytes} bytes of a refusal`);
  const told = new Set(report!.stuck.filter(({ answered }) => answered).map(({ url }) => url));
  const unheard = sent.filter((one) => told.has(one.url) && !isRefusal(one));
  return [...found, ...unheard.map(({ url }) => `${url} is told to have been answered, and was not`)];
}

const isRefusal = ({ answer }: Sent): boolean => answer?.status === 503 && answer.whole;

/** It reads all the time, and keeps to the rules. */
const isAttentive = ({ brokeAt, plan }: Client): boolean =>
  brokeAt === undefined && plan.steps.every(({ does }) => does !== 'stop reading' && does !== 'read late');
