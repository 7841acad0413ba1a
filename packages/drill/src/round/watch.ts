import { setTimeout as sleep } from 'node:timers/promises';
import { CoreWaits } from '../proc/core-waits.js';
import { isAlive, runs } from '../proc/processes.js';
import { Pulse } from '../proc/pulse.js';
import {
  CLOSE_WAIT,
  connectionRows,
  ESTABLISHED,
  listeningRows,
  SYN_RECEIVED,
  type TcpRow,
} from '../proc/tcp.js';
import type { Found } from '../service/find.js';
import type { Service } from '../service/service.js';
import type { Actor, Cast, Seen } from './cast.js';

const LOOK_EVERY_MS = 5;
const LOOK_LATER_EVERY_MS = 20;
/** A service with nothing to do that holds connections for so long waits for them. */
const HELD_AFTER_MS = 700;
/** The table of all connections costs more to read. */
const CONNECTIONS_EVERY_MS = 15;
const CONNECTIONS_LATER_EVERY_MS = 100;
/** After the process that was signalled is gone, one that listens on is given this long to follow. */
const FOLLOW_MS = 1_500;

export interface Sample {
  at: number;
  inFlight: number;
  kept: number;
  acceptQueue: number | null;
}

/** For how long in all, up to a moment, the processes that serve have waited for a core. */
export interface Wait {
  at: number;
  ms: number;
}

/** Why we stopped watching. */
export type End =
  /** Everything that the command was is gone. */
  | 'gone'
  /** The grace period is over, and it is still there. */
  | 'grace'
  /** Nothing is in flight and nothing listens, and it is still there after all the time that we give to that. */
  | 'hanging'
  /** The process that was signalled is gone, and another one listens still. */
  | 'strayed';

/** Looks at the kernel's side of a round, again and again, until there is nothing more to see. */
export class Watch {
  /** Those who hold its listening socket, or connections of it, and live. */
  serving: readonly number[] = [];
  /** How many they were at the signal. */
  servedBy = 0;
  readonly samples: Sample[] = [];
  readonly waits: Wait[] = [];
  listenerClosedAt: number | undefined;
  /** Of several listening sockets on the port (SO_REUSEPORT): when there was one less, and at last none. */
  readonly closings: number[] = [];
  /** When each process that served was seen to have ended. */
  readonly ends: number[] = [];
  #ranAt = 0;
  readonly #pulse = new Pulse();
  /** No process is there any more that had the listening socket. */
  listenersGoneAt: number | undefined;
  /** No process holds a connection of ours any more. */
  lastConnectionClosedAt: number | undefined;
  /** Since when nothing of ours is in flight. */
  quietAt: number | undefined;
  /** Whose connections there were at the signal, of whomever, accepted or not. */
  heldAtSignal: number | undefined;
  /** What was in flight when the signalled process went, where others of the family lived on. */
  leftInFlight = 0;
  /** The situations of the connections that the service held when nothing had been in flight for a while. */
  held: string[] = [];
  #signalledAt = Number.POSITIVE_INFINITY;
  #sockets = 0;
  readonly #coreWaits = new CoreWaits();

  constructor(
    readonly service: Service,
    readonly found: Found,
    readonly cast: Cast,
    readonly options: { graceMs: number; hangMs: number },
  ) {}

  signalled(): void {
    this.#signalledAt = performance.now();
    this.#sockets = this.found.inodes.size;
    this.servedBy = this.serving.length;
    this.#pulse.of(this.serving);
    this.cast.onEnd = () => this.#pulse.look();
  }

  /** When all who served were last seen to run: none of them had closed anything by its end. */
  get ranAt(): number {
    return Math.max(this.#ranAt, this.#pulse.ranAt);
  }

  /** What the kernel says of each connection now; what is not true any more when it has said it does not count. */
  async snapshot(stillTrue: (actor: Actor) => boolean): Promise<void> {
    const rows = await this.#look((actor, seen) => {
      if (stillTrue(actor)) actor.kernel = seen;
    });
    this.heldAtSignal ??= rows.filter(({ state }) => state === ESTABLISHED || state === CLOSE_WAIT).length;
  }

  /** Resolves when there is nothing more to see. */
  async untilTheEnd(): Promise<End> {
    let over = false;
    const connections = this.#lookAtConnections(() => over);
    try {
      for (;;) {
        const end = this.#sample();
        if (end !== undefined) return end;
        const age = performance.now() - this.#signalledAt;
        await this.#pause(age < 1_000 ? LOOK_EVERY_MS : LOOK_LATER_EVERY_MS);
      }
    } finally {
      over = true;
      this.#pulse.stop();
      await connections;
    }
  }

  /** The listening socket is open, at this moment. */
  get listens(): boolean {
    return this.#listening().length > 0;
  }

  #listening(): ReturnType<typeof listeningRows> {
    return listeningRows(this.found.tables).filter(({ port }) => port === this.found.port);
  }

  #pause(ms: number): Promise<unknown> {
    const pause = sleep(ms);
    return this.service.exit === undefined ? Promise.race([pause, this.service.exited]) : pause;
  }

  async #lookAtConnections(over: () => boolean): Promise<void> {
    while (!over()) {
      const since = performance.now();
      const rows = await this.#look((actor, seen) => {
        actor.lastSeen = seen;
      });
      if (!over()) this.#noteHeld(rows);
      // A long table is not to keep a core busy, which the service may need.
      const now = performance.now();
      const every = now - this.#signalledAt < 1_000 ? CONNECTIONS_EVERY_MS : CONNECTIONS_LATER_EVERY_MS;
      await this.#pause(Math.max(every, 2 * (now - since)));
    }
  }

  #sample(): End | undefined {
    this.#noteWait();
    const at = performance.now();
    this.#noteEnds(at);
    const listening = this.#listening();
    if (listening.length < this.#sockets) this.closings.push(at);
    this.#sockets = listening.length;
    if (listening.length === 0) this.listenerClosedAt ??= at;
    const { inFlight } = this.cast;
    if (inFlight > 0 || this.cast.atWork > 0) this.quietAt = undefined;
    else this.quietAt ??= at;
    this.samples.push({
      at,
      inFlight,
      kept: this.cast.actors.filter(({ client }) => client.open && client.pending.length === 0).length,
      acceptQueue: listening.reduce((sum, { receiveQueue }) => sum + receiveQueue, 0),
    });
    return this.#end(at, listening.length > 0);
  }

  #noteEnds(at: number): void {
    const allRun = this.serving.every(runs);
    if (allRun && this.serving.length > 0 && this.ends.length === 0) this.#ranAt = at;
    const living = allRun ? this.serving : this.serving.filter(isAlive);
    this.ends.push(...Array.from({ length: this.serving.length - living.length }, () => at));
    this.serving = living;
    if (!this.found.listeners.some(isAlive)) this.listenersGoneAt ??= at;
  }

  #noteWait(): void {
    this.waits.push({ at: performance.now(), ms: this.#coreWaits.look(this.serving) });
  }

  #noteHeld(rows: TcpRow[]): void {
    const held = rows.filter(
      ({ state, inode }) => inode !== 0 && (state === ESTABLISHED || state === CLOSE_WAIT),
    );
    if (held.length === 0) {
      this.lastConnectionClosedAt ??= performance.now();
      return;
    }
    this.lastConnectionClosedAt = undefined;
    const idleMs =
      performance.now() - Math.max(this.quietAt ?? Number.POSITIVE_INFINITY, this.listenerClosedAt ?? 0);
    // What it holds after that is what it waits for; a moment later some of it may be gone by a time-out.
    if (idleMs < HELD_AFTER_MS && this.held.length > 0) this.held = [];
    if (idleMs > HELD_AFTER_MS && this.held.length === 0) this.held = this.#situationsOf(held);
  }

  #situationsOf(rows: TcpRow[]): string[] {
    const ports = new Map(this.cast.actors.map(({ client, situation }) => [client.localPort, situation]));
    const names = rows.map(({ remotePort }) => ports.get(remotePort)).filter((name) => name !== undefined);
    return [...new Set(names)];
  }

  #end(now: number, listening: boolean): End | undefined {
    const { exit } = this.service;
    if (exit !== undefined) return this.#endAfterExit(now, exit.at, listening);
    if (now - this.#signalledAt > this.options.graceMs) return 'grace';
    if (listening || this.quietAt === undefined || this.listenerClosedAt === undefined) return undefined;
    const since = Math.max(this.quietAt, this.listenerClosedAt);
    return now - since > this.options.hangMs ? 'hanging' : undefined;
  }

  #endAfterExit(now: number, exitedAt: number, listening: boolean): End | undefined {
    const listenersLive = this.found.listeners.some(isAlive);
    if (!listenersLive && this.service.family.living().length === 0) return 'gone';
    if (this.leftInFlight === 0 && listenersLive) this.leftInFlight = this.cast.inFlight;
    if (now - exitedAt < FOLLOW_MS) return undefined;
    return listenersLive && listening ? 'strayed' : 'gone';
  }

  async #look(found: (actor: Actor, seen: Seen) => void): Promise<TcpRow[]> {
    const at = performance.now();
    const actors = [...this.cast.actors];
    const rows = await connectionRows(this.found.port, this.found.tables);
    // What is not there any more went while the table was read, which takes its time on a busy machine.
    const goneBy = performance.now();
    const byPort = new Map(rows.map((row) => [row.remotePort, row]));
    for (const actor of actors) {
      const row = byPort.get(actor.client.localPort ?? -1);
      const wasAccepted = (actor.lastSeen ?? actor.kernel)?.accepted === true;
      // Without an inode it waits to be accepted, or has been closed and is on its way out.
      const waits =
        row?.inode === 0 && [SYN_RECEIVED, ESTABLISHED, CLOSE_WAIT].includes(row.state) && !wasAccepted;
      if (row?.inode === 0 ? !waits : row === undefined && wasAccepted) actor.serverClosedAt ??= goneBy;
      if (row === undefined) continue;
      found(actor, { at, accepted: !waits, unread: row.receiveQueue, unsent: row.sendQueue });
    }
    return rows;
  }
}
