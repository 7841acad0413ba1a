import type { Asked } from '../client/conversation.js';
import type { Count, Moment, Outcome, Round, Span, Totals, Visit, Witness } from '../model.js';
import { COUNT_MS, OUTCOMES } from '../model.js';
import type { Actor } from '../round/cast.js';
import type { RawRound } from '../round/round.js';
import type { Loss } from './cause.js';
import { outcomeOf, outcomeOfVisit } from './outcome.js';
import { storyOf } from './story.js';

/** From the least to the worst. */
const RANK: readonly Outcome[] = ['answered', 'closed-idle', 'refused', 'race', 'lost'];

/** Makes plain data of a round, in ms from its signal. */
export function recordOf(raw: RawRound, losses: readonly Loss[], unreliable: string | null): Round {
  const at = clockOf(raw);
  const codes = new Map(losses.map(({ asked, code }) => [asked, code]));
  const witnesses = [...raw.cast.actors, ...raw.cast.elsewhere].map((actor) => witnessOf(raw, actor, codes));
  const { watch, exit, plan, killedAt } = raw;
  const frozenMs = raw.freeze.isEmpty ? 0 : (raw.freeze.thawedAt ?? raw.freeze.since) - raw.freeze.since;
  return {
    number: plan.number,
    kind: plan.kind,
    note: plan.note,
    signal: plan.signal,
    pid: raw.service.pid,
    listeners: raw.found.listeners,
    readyMs: Math.round(raw.readyMs),
    frozenMs: Math.round(frozenMs),
    moments: momentsOf(raw),
    listenerClosedAt: at(watch.listenerClosedAt),
    quietAt: at(watch.quietAt),
    exit:
      exit === undefined
        ? { at: at(killedAt) as number, code: null, signal: 'SIGKILL', killed: true }
        : { at: at(exit.at) as number, code: exit.code, signal: exit.signal, killed: false },
    witnesses,
    probes: raw.probers.map(({ kind, path, samples }) => ({
      kind,
      path,
      samples: samples.map((sample) => ({ at: at(sample.at) as number, status: sample.status })),
    })),
    counts: countsOf(raw, witnesses),
    totals: totalsOf(witnesses),
    unreliable,
  };
}

/** ms from the signal, to a tenth. */
export function clockOf(raw: RawRound): (time: number | undefined) => number | null {
  return (time) => (time === undefined ? null : Math.round((time - raw.signalledAt) * 10) / 10);
}

/** The sum over all outcomes is what was sent, by construction; that nothing was forgotten is checked in the round. */
export function totalsOf(witnesses: readonly Witness[]): Totals {
  const totals: Totals = { sent: 0, answered: 0, refused: 0, 'closed-idle': 0, race: 0, lost: 0 };
  for (const { visits } of witnesses) {
    for (const { outcome } of visits) {
      totals[outcome]++;
      totals.sent++;
    }
  }
  return totals;
}

function witnessOf(raw: RawRound, actor: Actor, codes: Map<Asked, Loss['code']>): Witness {
  const at = clockOf(raw);
  const { client } = actor;
  const asked = client.asked.filter(({ warm }) => !warm);
  const visits = asked.map((one) => visitOf(raw, actor, one, codes.get(one) ?? null));
  if (visits.length === 0) visits.push(emptyVisit(raw, actor));
  const outcome = visits
    .map((visit) => visit.outcome)
    .reduce((a, b) => (RANK.indexOf(a) > RANK.indexOf(b) ? a : b));
  const { kernel } = actor;
  const witness: Witness = {
    id: actor.id,
    situation: actor.situation,
    protocol: actor.protocol,
    openedAt: at(client.openedAt) as number,
    spans: spansOf(raw, actor),
    end: {
      how: client.ending === undefined || client.ending === 'own' ? ownEnd(actor) : client.ending,
      at: at(client.endedAt),
    },
    kernel:
      kernel === undefined
        ? null
        : { accepted: kernel.accepted, unread: kernel.unread, unsent: kernel.unsent },
    visits,
    outcome,
    story: '',
  };
  witness.story = storyOf(witness);
  return witness;
}

/** Closed by us when all was over: for the service it was open to the end. */
function ownEnd({ client }: Actor): 'own' | 'open' {
  return client.ending === 'own' && client.asked.some(({ answer }) => answer?.whole) ? 'own' : 'open';
}

function visitOf(raw: RawRound, actor: Actor, asked: Asked, code: Visit['code']): Visit {
  const at = clockOf(raw);
  return {
    id: `${raw.plan.number}-${asked.id}`,
    outcome: outcomeOf(raw, actor, asked),
    sentAt: at(asked.sentAt),
    firstByteAt: at(asked.firstByteAt),
    endedAt: at(asked.endedAt),
    status: asked.answer?.status ?? null,
    bytes: asked.answer?.bytes ?? 0,
    promised: asked.answer?.promised ?? null,
    code,
  };
}

function emptyVisit(raw: RawRound, actor: Actor): Visit {
  return {
    id: `${raw.plan.number}-${actor.id}`,
    outcome: outcomeOfVisit(actor),
    ...{ sentAt: null, firstByteAt: null, endedAt: clockOf(raw)(actor.client.endedAt), status: null },
    ...{ bytes: 0, promised: null, code: null },
  };
}

function spansOf(raw: RawRound, { client }: Actor): Span[] {
  const at = clockOf(raw);
  const spans: Span[] = [];
  const end = client.endedAt ?? performance.now();
  const add = (state: Span['state'], from: number, to: number) => {
    if (to > from) spans.push({ from: at(from) as number, to: at(to) as number, state });
  };
  const connected = client.connectedAt ?? end;
  add('connecting', client.openedAt, connected);
  let last = connected;
  for (const asked of client.asked) {
    const over = asked.endedAt ?? end;
    const sent = Math.min(asked.allSentAt ?? over, over);
    const first = Math.min(asked.firstByteAt ?? over, over);
    add('idle', last, asked.sentAt);
    add('sending', asked.sentAt, sent);
    add('waiting', Math.max(sent, last), first);
    add('answering', Math.max(first, last), over);
    last = Math.max(last, over);
  }
  add('idle', last, end);
  return spans;
}

function momentsOf(raw: RawRound): Moment[] {
  const { watch, exit, killedAt, plan, freeze } = raw;
  const at = clockOf(raw);
  const moments: [number | undefined, Moment['what'], string][] = [
    [freeze.isEmpty ? undefined : freeze.since, 'frozen', 'service frozen'],
    [raw.signalledAt, 'signal', plan.signal],
    [freeze.isEmpty ? undefined : freeze.thawedAt, 'thawed', 'service thawed'],
    [raw.secondSignalAt, 'second-signal', `${plan.signal} again`],
    [watch.listenerClosedAt, 'listener-closed', 'listener closed'],
    [watch.lastConnectionClosedAt, 'last-connection-closed', 'last connection closed'],
    [exit === undefined ? killedAt : undefined, 'killed', 'SIGKILL'],
    [exit?.at, 'exit', exit?.signal ?? `exit ${exit?.code}`],
  ];
  return moments
    .filter(([time]) => time !== undefined)
    .map(([time, what, text]) => ({ at: at(time) as number, what, text }))
    .sort((a, b) => a.at - b.at);
}

function countsOf(raw: RawRound, witnesses: readonly Witness[]): Count[] {
  const rows = new Map<number, Count>();
  const row = (at: number): Count => {
    const slot = Math.floor(at / COUNT_MS) * COUNT_MS;
    let count = rows.get(slot);
    if (count === undefined) {
      count = {
        at: slot,
        answered: 0,
        refused: 0,
        'closed-idle': 0,
        race: 0,
        lost: 0,
        inFlight: 0,
        kept: 0,
        acceptQueue: null,
      };
      rows.set(slot, count);
    }
    return count;
  };
  for (const { at, inFlight, kept, acceptQueue } of raw.watch.samples) {
    Object.assign(row(at - raw.signalledAt), { inFlight, kept, acceptQueue });
  }
  for (const { visits } of witnesses) {
    for (const { endedAt, outcome } of visits) if (endedAt !== null) row(endedAt)[outcome]++;
  }
  return thinned([...rows.values()].sort((a, b) => a.at - b.at));
}

/** Without rows in which nothing has changed. */
function thinned(counts: Count[]): Count[] {
  return counts.filter((count, index) => {
    const before = counts[index - 1];
    if (before === undefined || index === counts.length - 1) return true;
    const ended = OUTCOMES.some((outcome) => count[outcome] > 0);
    return (
      ended ||
      before.inFlight !== count.inFlight ||
      before.kept !== count.kept ||
      before.acceptQueue !== count.acceptQueue
    );
  });
}
