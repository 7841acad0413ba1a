import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../client/client.js';
import { hostsOf, listeningRows, type Table, type TcpRow } from '../proc/tcp.js';
import { DrillFailure } from './failure.js';
import type { Service } from './service.js';
import { silenceText, talkAt } from './talk.js';

const LOOK_EVERY_MS = 15;
/** A service that listens on one port may be about to listen on another. */
const SETTLE_MS = 60;

export interface Found extends Target {
  /** Of all its sockets on that port, and who holds them. */
  inodes: Set<number>;
  listeners: number[];
  /** Where the kernel lists them, and what they have accepted. */
  tables: Table[];
}

interface Wanted {
  port: number | null;
  /** The port that it was told to listen on: of several, that one. */
  told?: number | undefined;
  hello: string;
}

/**
 * Waits until the service listens, and finds where: no option says it.
 *
 * @throws DrillFailure where it never does, or ends, or forks away, or where there is more than one port to choose from
 */
export async function findListener(
  service: Service,
  options: Wanted & { readyWithinMs: number },
): Promise<Found> {
  const until = performance.now() + options.readyWithinMs;
  for (;;) {
    const rows = rowsOf(service).filter(({ port }) => options.port === null || port === options.port);
    if (rows.length > 0) {
      await sleep(SETTLE_MS);
      return choose(service, options);
    }
    failIfGone(service);
    if (performance.now() > until) throw neverListened(service, options);
    await sleep(LOOK_EVERY_MS);
  }
}

/** The listening sockets that someone of the service's family holds. */
function rowsOf(service: Service): TcpRow[] {
  const sockets = service.family.sockets();
  return listeningRows().filter(({ inode }) => sockets.has(inode));
}

/** Of the ports that it listens on, the one that answers HTTP. */
async function choose(service: Service, options: Wanted): Promise<Found> {
  const rows = rowsOf(service).filter(({ port }) => options.port === null || port === options.port);
  failIfGone(service);
  const ports = [...new Set(rows.map(({ port }) => port))].sort((a, b) => a - b);
  const tried = await Promise.all(
    ports.map((port) => {
      const hosts = rows.filter((row) => row.port === port).flatMap(hostsOf);
      return talkAt([...new Set(hosts)], port, options.hello);
    }),
  );
  const talking = tried.filter((answer) => typeof answer !== 'string');
  const told = talking.filter(({ port }) => port === options.told);
  const chosen = told.length > 0 ? told : talking;
  if (chosen.length > 1) {
    const list = chosen.map(({ port }) => port).join(' and ');
    throw new DrillFailure(
      'several-ports',
      `It answers HTTP on several ports, ${list}: say which one by --port.`,
      service.output,
    );
  }
  failIfGone(service);
  const target = chosen[0];
  if (target === undefined) {
    const silences = tried.filter((answer) => typeof answer === 'string');
    throw new DrillFailure('not-ready', silenceText(ports, silences), service.output);
  }
  return lookAgain(service, target);
}

/** Who holds the port's listening sockets now: workers may have come and gone. */
export function lookAgain(service: Service, target: Target): Found {
  const rows = listeningRows().filter(({ port }) => port === target.port);
  const inodes = new Set(rows.map(({ inode }) => inode));
  const { pids, denied } = service.family.holders(inodes);
  if (pids.length === 0 && denied) {
    throw new DrillFailure(
      'permission',
      'It runs as another user, whose sockets we may not see: run the drill as that user, or as root.',
      service.output,
    );
  }
  return { ...target, inodes, listeners: pids, tables: [...new Set(rows.map(({ table }) => table))] };
}

function failIfGone(service: Service): void {
  const { exit, output } = service;
  if (exit === undefined) return;
  const [left] = service.family.living();
  const how = exit.signal === null ? `with code ${exit.code}` : `by ${exit.signal}`;
  if (left !== undefined) {
    throw new DrillFailure(
      'forked-away',
      `The command ended ${how} and left process ${left} behind: start the service so that it stays in the foreground (no daemon mode, no &).`,
      output,
    );
  }
  if (output.some((line) => TAKEN.test(line))) {
    throw new DrillFailure(
      'port-taken',
      `It ended ${how} because its port is in use: stop what runs there, or give it another port.`,
      output,
    );
  }
  throw new DrillFailure('died-before-signal', `It ended ${how} before it listened on any port.`, output);
}

const TAKEN = /EADDRINUSE|address (is )?already in use/i;

function neverListened(
  service: Service,
  options: { port: number | null; readyWithinMs: number },
): DrillFailure {
  const seconds = options.readyWithinMs / 1_000;
  const other = [...new Set(rowsOf(service).map(({ port }) => port))];
  if (options.port !== null && other.length > 0) {
    return new DrillFailure(
      'never-listened',
      `It does not listen on port ${options.port}, as --port says, but on ${other.join(' and ')}.`,
      service.output,
    );
  }
  const taken = service.output.some((line) => TAKEN.test(line));
  const reason = taken ? ': its port is in use' : '';
  const where = options.port === null ? 'any TCP port' : `port ${options.port}`;
  return new DrillFailure(
    taken ? 'port-taken' : 'never-listened',
    `It did not listen on ${where} within ${seconds} s${reason}.`,
    service.output,
  );
}
