import { constants } from 'node:os';
import { closes } from '../client/client.js';
import type { Conversation } from '../client/conversation.js';
import { listed } from '../enumeration.js';
import type { Code, Finding } from '../model.js';
import type { RawRound } from '../round/round.js';
import { about } from './about.js';
import { CAUSES } from './causes.js';
import type { Judged } from './findings.js';
import { slackMs } from './outcome.js';
import { exitText, ms, seconds } from './words.js';

/** Findings on the process itself, which need no lost request. */
export function findingsOfProcess(rounds: readonly Judged[]): Finding[] {
  const found = [
    strayed(rounds),
    killed(rounds),
    exitCode(rounds),
    keptSilent(rounds),
    noGoaway(rounds),
    noCloseFrame(rounds),
  ];
  return found.filter((finding) => finding !== undefined);
}

function strayed(rounds: readonly Judged[]): Finding | undefined {
  const hit = rounds.filter(({ raw }) => raw.end === 'strayed');
  const raw = hit[0]?.raw;
  if (raw === undefined) return undefined;
  const { listeners } = raw.found;
  const holds = listeners.length === 1 ? 'process % holds' : 'processes % hold';
  const evidence = [
    `${raw.plan.signal} went to process ${raw.service.pid}, which ended (${exitText(raw)})`,
    `${holds.replace('%', listed(listeners.map(String)))} the listening socket, and went on listening`,
  ];
  return about('D001', CAUSES.D001.name, hit, rounds, evidence);
}

function killed(rounds: readonly Judged[]): Finding | undefined {
  const hit = rounds.filter(({ raw }) => raw.end === 'grace');
  const raw = hit[0]?.raw;
  if (raw === undefined) return undefined;
  const { listenerClosedAt, quietAt } = raw.watch;
  const evidence = [
    listenerClosedAt === undefined
      ? 'it was listening still'
      : `it had closed its listening socket after ${ms(listenerClosedAt - raw.signalledAt)}`,
    // Through a proxy nobody can tell.
    ...(raw.cast.actors.length === 0
      ? []
      : [quietAt === undefined ? 'requests were in flight still' : 'nothing of ours was in flight any more']),
  ];
  return about('D004', `it had to be killed after ${seconds(raw.plan.graceMs)}`, hit, rounds, evidence);
}

/** 0, the signal itself, and 128 + its number are what supervisors take for an orderly end. */
function exitCode(rounds: readonly Judged[]): Finding | undefined {
  const hit = rounds.filter(({ raw, losses }) => {
    const { exit, plan } = raw;
    if (exit === undefined || raw.end === 'strayed' || losses.some(({ code }) => BY_EXIT.includes(code)))
      return false;
    if (exit.signal !== null) return exit.signal !== plan.signal;
    return exit.code !== 0 && exit.code !== 128 + constants.signals[plan.signal];
  });
  const raw = hit[0]?.raw;
  if (raw === undefined) return undefined;
  return about(
    'D050',
    `it ended with ${exitText(raw)}`.replace('with died', 'abnormally: died'),
    hit,
    rounds,
    [`${exitText(raw)}, ${ms((raw.exit?.at ?? 0) - raw.signalledAt)} after ${raw.plan.signal}`],
  );
}

const BY_EXIT: readonly Code[] = ['D002', 'D003', 'D005'];

/** Answers that began well after the listening socket had gone, and did not say that their connection ends. */
function keptSilent(rounds: readonly Judged[]): Finding | undefined {
  const hit = rounds.filter(({ raw }) => silentAnswers(raw).length > 0);
  const raw = hit[0]?.raw;
  if (raw === undefined) return undefined;
  const clients = silentAnswers(raw);
  const title = `${clients.length} ${clients.length === 1 ? 'answer' : 'answers'} after the signal did not say Connection: close`;
  return about('D040', title, hit, rounds, [
    'HTTP/1.1 answers without it, on connections that served nothing after them',
  ]);
}

/** HTTP/2 sessions that ended, by the service's hand, without a word; what was lost by that is told with the losses. */
function noGoaway(rounds: readonly Judged[]): Finding | undefined {
  const wordless = ({ raw }: Judged) =>
    raw.cast.actors.filter(
      ({ client }) =>
        client.goaways?.length === 0 &&
        client.connectedAt !== undefined &&
        (client.ending === 'fin' || client.ending === 'reset') &&
        (client.endedAt ?? 0) > raw.signalledAt,
    );
  const diesAnyway = (judged: Judged) =>
    judged.losses.some(({ code }) => BY_EXIT.includes(code) || code === 'D004');
  const hit = rounds.filter(
    (judged) => judged.raw.end === 'gone' && !diesAnyway(judged) && wordless(judged).length > 0,
  );
  const [first] = hit;
  if (first === undefined) return undefined;
  const count = wordless(first).length;
  const title = `${count} HTTP/2 ${count === 1 ? 'session was' : 'sessions were'} closed without a GOAWAY`;
  const evidence = ['no GOAWAY frame came before the end of the connection'];
  return { ...about('D041', title, hit, rounds, evidence), severity: 'warn' };
}

/** WebSockets that ended, by the service's hand, without a close frame. */
function noCloseFrame(rounds: readonly Judged[]): Finding | undefined {
  const cut = ({ raw }: Judged) =>
    raw.cast.actors.filter(
      ({ client, closeFrames }) => closeFrames?.seen === false && (client.endedAt ?? 0) > raw.signalledAt,
    );
  const diesAnyway = (judged: Judged) =>
    judged.losses.some(({ code }) => BY_EXIT.includes(code) || code === 'D004');
  const hit = rounds.filter(
    (judged) => judged.raw.end === 'gone' && !diesAnyway(judged) && cut(judged).length > 0,
  );
  const [first] = hit;
  if (first === undefined) return undefined;
  const count = cut(first).length;
  const title = `${count} ${count === 1 ? 'WebSocket was' : 'WebSockets were'} closed without a close frame`;
  return about('D044', title, hit, rounds, ['the connection ended, and no frame with opcode 8 had come']);
}

/** An answer whose request was read before the signal may have been written before it, too. */
const WELL_AFTER_MS = 100;

function silentAnswers(raw: RawRound): Conversation[] {
  const closed = raw.watch.listenerClosedAt;
  if (closed === undefined || raw.end === 'strayed') return [];
  const clients = raw.cast.actors.map(({ client }) => client);
  return clients.filter((client) => {
    const last = client.asked.at(-1);
    if (last?.answer?.whole !== true || last.answer.version !== '1.1' || closes(last.answer)) return false;
    const began = last.firstByteAt as number;
    const slack = WELL_AFTER_MS + slackMs(raw, raw.signalledAt, began);
    return began > raw.signalledAt + slack && began > closed + WELL_AFTER_MS / 2;
  });
}
