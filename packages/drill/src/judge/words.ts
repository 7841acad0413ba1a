import { listed } from '../enumeration.js';
import type { Code } from '../model.js';
import { AT_OTHERS, BEHIND_PROXY } from '../rolling/front.js';
import { CLOSING_QUEUE } from '../round/closing.js';
import { LOAD } from '../round/load.js';
import type { RawRound } from '../round/round.js';
import { SITUATIONS } from '../round/situations.js';
import type { Loss } from './cause.js';

interface Hit {
  raw: RawRound;
  losses: readonly Loss[];
}

/** What was lost, in one line. */
export function titleOf(code: Code, { raw, losses }: Hit): string {
  const count = losses.length;
  const requests = count === 1 ? '1 request' : `${count} requests`;
  switch (code) {
    case 'D001':
      return 'the signal never reached the process that listens';
    case 'D002':
      return `it died of ${raw.plan.signal} at once: ${requests} lost`;
    case 'D003':
      return `it ended (${exitText(raw)}) while requests were open: ${requests} lost`;
    case 'D004':
      return `it had to be killed after ${seconds(raw.plan.graceMs)}: ${requests} lost`;
    case 'D005':
      return `a second ${raw.plan.signal} ended it: ${requests} lost`;
    case 'D007':
    case 'D009':
      return `${count} of ${sentIn(code, raw, losses)} requests in the accept queue were reset`;
    case 'D008':
      return `${count} of ${sentIn(code, raw, losses)} requests that lay unread in the kernel were reset`;
    case 'D010':
      return `${requests} ${count === 1 ? 'was' : 'were'} read and got no answer`;
    case 'D011':
      return shortAnswer(losses);
    case 'D012':
      return 'an answer was destroyed by a reset while its upload was under way';
    case 'D013':
      return `${count === 1 ? '1 half-received request was' : `${count} half-received requests were`} dropped`;
    case 'D014':
      return late(losses);
    case 'D016':
      return `${requests} ${count === 1 ? 'was' : 'were'} lost ${placeOf(losses)}`;
    case 'D041':
      return `an HTTP/2 session was closed without a GOAWAY: ${requests} lost`;
    case 'D042':
      return `${count === 1 ? '1 stream' : `${count} streams`} up to the last id that GOAWAY named got no answer`;
    case 'D043':
      return `GOAWAY welcomed new streams: ${requests} lost`;
    default:
      return `${requests} lost`;
  }
}

function placeOf([first]: readonly Loss[]): string {
  return first?.actor.situation === BEHIND_PROXY.id
    ? 'behind the proxy while an instance was restarted'
    : 'at an instance that was not being stopped';
}

function shortAnswer(losses: readonly Loss[]): string {
  const answer = losses[0]?.asked.answer;
  const of = answer?.promised === null || answer === undefined ? '' : ` of ${number(answer.promised)}`;
  const rest = losses.length > 1 ? `${losses.length} answers were cut short: ` : 'an answer was cut short: ';
  return `${rest}${number(answer?.bytes ?? 0)}${of} bytes${of === '' ? ', and no end' : ''}`;
}

function late(losses: readonly Loss[]): string {
  const statuses = [
    ...new Set(losses.map(({ asked }) => asked.answer?.status).filter((status) => status !== undefined)),
  ];
  const dropped = losses.filter(({ asked }) => asked.answer === undefined).length;
  const parts = [];
  if (statuses.length > 0) parts.push(`${losses.length - dropped} answered ${statuses.join(' or ')}`);
  if (dropped > 0) parts.push(`${dropped} dropped without a byte`);
  return `requests taken after the signal were not served: ${listed(parts)}`;
}

/** What was seen, a short phrase each. */
export function evidenceOf(code: Code, { raw, losses }: Hit): string[] {
  const evidence = [where(raw, losses), ends(losses)];
  const { listenerClosedAt } = raw.watch;
  const closed = listenerClosedAt === undefined ? undefined : ms(listenerClosedAt - raw.signalledAt);
  if (code === 'D007' || code === 'D003' || code === 'D009') {
    evidence.push(
      closed === undefined
        ? 'the listening socket stayed'
        : `the listening socket went ${closed} after ${raw.plan.signal}`,
    );
  }
  if (code === 'D007' || code === 'D009') {
    const queued = losses.filter(({ actor }) => actor.kernel?.accepted === false).length;
    if (queued > 0)
      evidence.push(
        `at the signal no process had accepted ${queued === losses.length ? 'any' : queued} of them (by /proc/net/tcp)`,
      );
  }
  const unread = Math.max(0, ...losses.map(({ actor }) => actor.kernel?.unread ?? 0));
  if (code === 'D008' && unread > 0) evidence.push(`${unread} bytes lay unread in its socket at the signal`);
  if (code === 'D011') evidence.push(...whoCut(losses));
  if (['D002', 'D003', 'D005', 'D016'].includes(code))
    evidence.push(`the process ended ${exitMoment(raw)}: ${exitText(raw)}`);
  if (code === 'D016') evidence.push(whenLost(raw, losses));
  if (code === 'D014') evidence.push(...firstLate(raw, losses));
  return evidence.filter((line) => line !== '');
}

function whoCut(losses: readonly Loss[]): string[] {
  const unsent = Math.max(0, ...losses.map(({ actor }) => (actor.lastSeen ?? actor.kernel)?.unsent ?? 0));
  return unsent > 0 ? [`${number(unsent)} bytes that it had written were still in its socket`] : [];
}

function firstLate(raw: RawRound, losses: readonly Loss[]): string[] {
  const times = losses.map(({ asked }) => asked.sentAt).filter((at) => at > raw.signalledAt);
  if (times.length === 0) return [];
  const first = Math.min(...times);
  const last = Math.max(...times);
  const [from, to] = [ms(first - raw.signalledAt), ms(last - raw.signalledAt)];
  return [`sent ${from === to ? from : `${from} to ${to}`} after ${raw.plan.signal}`];
}

/** "they ended 3 ms to 71 ms after SIGTERM" */
function whenLost(raw: RawRound, losses: readonly Loss[]): string {
  const times = losses.map(({ asked }) => (asked.endedAt ?? raw.signalledAt) - raw.signalledAt);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const { signal } = raw.plan;
  if (first < 0) return `the first of them ended ${ms(-first)} before ${signal}`;
  return first === last
    ? `it ended ${ms(first)} after ${signal}`
    : `they ended ${ms(first)} to ${ms(last)} after ${signal}`;
}

/** "20 × in the accept queue and 2 × half a head" */
function where(_raw: RawRound, losses: readonly Loss[]): string {
  const counts = new Map<string, number>();
  for (const { actor } of losses) counts.set(actor.situation, (counts.get(actor.situation) ?? 0) + 1);
  return listed([...counts].map(([id, count]) => `${count} × ${situationTitle(id)}`));
}

function ends(losses: readonly Loss[]): string {
  const counts = new Map<string, number>();
  for (const { actor, asked } of losses) {
    const how =
      asked.answer?.whole === true
        ? `status ${asked.answer.status}`
        : actor.client.ending === 'reset'
          ? (actor.client.errorCode ?? 'reset')
          : actor.client.ending === 'fin'
            ? 'FIN'
            : 'no end';
    counts.set(how, (counts.get(how) ?? 0) + 1);
  }
  return `their clients saw ${listed([...counts].map(([how, count]) => `${count} × ${how}`))}`;
}

export function situationTitle(id: string): string {
  return (
    [...SITUATIONS, CLOSING_QUEUE, LOAD, AT_OTHERS, BEHIND_PROXY].find((situation) => situation.id === id)
      ?.title ?? id
  );
}

/** Of what was asked in these situations, what had no end at the signal or came after it. */
function sentIn(code: Code, raw: RawRound, losses: readonly Loss[]): number {
  const situations = new Set(losses.map(({ actor }) => actor.situation));
  const actors = raw.cast.actors.filter(({ situation }) => situations.has(situation));
  // Of clients that go on asking, who has had an answer was accepted before.
  const asked = actors.flatMap(({ situation, client }) =>
    situation === LOAD.id && code !== 'D008' ? client.asked.slice(0, 1) : client.asked,
  );
  return asked.filter(({ warm, endedAt }) => !warm && (endedAt ?? Infinity) > raw.signalledAt).length;
}

export function exitText(raw: RawRound): string {
  if (raw.exit === undefined) return 'killed by the drill';
  return raw.exit.signal === null ? `exit code ${raw.exit.code}` : `died of ${raw.exit.signal}`;
}

function exitMoment(raw: RawRound): string {
  const at = raw.exit?.at ?? raw.killedAt ?? raw.signalledAt;
  return `${ms(at - raw.signalledAt)} after ${raw.plan.signal}`;
}

export function ms(value: number): string {
  return value < 1_000 ? `${Math.max(0, Math.round(value))} ms` : seconds(value);
}

export function seconds(value: number): string {
  return `${(value / 1_000).toFixed(value < 10_000 ? 1 : 0).replace(/\.0$/, '')} s`;
}

export function number(value: number): string {
  return value.toLocaleString('en');
}
