import { Requests } from './client/requests.js';
import { unprovedBecause } from './judge/unreliable.js';
import type { Service as ServiceInfo } from './model.js';
import type { Settings } from './options.js';
import { runtimeOf } from './proc/processes.js';
import { startReading } from './proc/reader.js';
import { Cast } from './round/cast.js';
import { CROWDED, holdRound, type RawRound, type RoundPlan, type Unproved } from './round/round.js';
import type { SituationSpec } from './round/situations.js';
import { type Found, findListener } from './service/find.js';
import type { Guard } from './service/guard.js';
import { Scout, type Scouted } from './service/scout.js';
import { Service } from './service/service.js';

/** Connections in the accept queue that a small backlog holds, too. */
export const SMALL_QUEUE = 20;
/** Each handshake costs our own loop a millisecond. */
const TLS_QUEUE = 50;
/** How long a round waits for a process that has nothing to do; more than that is too long. */
const HANG_MS = 1_500;
const TRIES = 3;

/** A round that was held. */
export interface Held {
  raw: RawRound;
  /** Why it proves nothing, where it does not. */
  unproved: Unproved | null;
}

/** Holds rounds, each with a fresh process. */
export class Rounds {
  readonly held: Held[] = [];
  /** As it was seen in the first round. */
  service: ServiceInfo | null = null;
  #scouted: Scouted | undefined;
  #number = 0;
  #clients: number;
  /** It has a thread for each connection, or so, and not enough of them for connections that keep one waiting. */
  #crowded = false;

  constructor(
    readonly settings: Settings,
    readonly guard: Guard,
  ) {
    this.#clients = settings.clients;
    startReading();
  }

  /** It serves one connection at a time. */
  get serial(): boolean {
    return this.#scouted?.concurrent === false;
  }

  /** A round that proves nothing is held again; undefined where none proved anything. */
  async hold(plan: Partial<RoundPlan>, wantedQueue = 0): Promise<RawRound | undefined> {
    let queue = wantedQueue;
    for (let tries = 1; ; tries++) {
      const raw = await this.#once(plan, queue);
      const unproved = unprovedBecause(raw);
      if (unproved !== null) this.settings.progress(`that round proves nothing: ${unproved.text}`);
      if (unproved === null || tries === TRIES) {
        this.held.push({ raw, unproved });
        return unproved === null ? raw : undefined;
      }
      if (raw.unprepared === CROWDED) this.#crowded = true;
      // A shorter queue is made sooner, and fewer clients need less of the machine.
      queue = Math.min(queue, SMALL_QUEUE);
      if (raw.plan.kind === 'load') this.#clients = Math.ceil(this.#clients / 2);
    }
  }

  async #once(plan: Partial<RoundPlan>, queue: number): Promise<RawRound> {
    const { settings } = this;
    const service = await Service.start(settings.command, this.guard, settings.pid1);
    try {
      const { found, readyMs } = await this.ready(service);
      const { requests, scouted } = await this.scout(service, found);
      const whole = this.planned(plan);
      const note = whole.note === null ? '' : `, ${whole.note}`;
      settings.progress(`round ${whole.number}: ${whole.kind}${note}`);
      const cast = new Cast(found, requests, scouted, {
        ...settings,
        clients: this.#clients,
        closing: whole.closesAfterMs !== null,
        queue: settings.preStopMs > 0 ? 0 : found.tls ? Math.min(queue, TLS_QUEUE) : queue,
      });
      return await holdRound(whole, service, found, readyMs, cast);
    } finally {
      await service.kill();
    }
  }

  /** A plan with its defaults, and the next number. */
  planned(plan: Partial<RoundPlan>): RoundPlan {
    const { signal, graceMs } = this.settings;
    this.#number++;
    return {
      ...{
        number: this.#number,
        kind: 'witness',
        note: null,
        signal,
        secondSignalMs: null,
        closesAfterMs: null,
        graceMs,
      },
      ...{ hangMs: HANG_MS, closesWhenAnswered: false, wanted: () => true, rolling: null },
      ...plan,
      ...(this.#crowded ? uncrowded(plan) : {}),
    };
  }

  /** Resolves when it listens and answers. */
  async ready(service: Service, told?: number): Promise<{ found: Found; readyMs: number }> {
    const { settings } = this;
    const hello = new Requests('localhost', settings.url, settings.headers).get('hello');
    const found = await findListener(service, { ...settings, told, hello });
    const readyMs = performance.now() - service.startedAt;
    const { host, port, listeners } = found;
    this.service ??= {
      ...{ pid: service.pid, listeners, host, port, readyMs: Math.round(readyMs) },
      protocol: found.tls ? 'HTTPS/1.1' : 'HTTP/1.1',
      ...{ runtime: runtimeOf(listeners.at(-1) ?? service.pid), readiness: null, liveness: null },
    };
    return { found, readyMs };
  }

  /** What was scouted once holds for all rounds. */
  async scout(service: Service, found: Found): Promise<{ requests: Requests; scouted: Scouted }> {
    const { settings } = this;
    const requests = new Requests(`${found.host}:${found.port}`, settings.url, settings.headers);
    this.#scouted ??= await new Scout(found, requests, settings, service).look();
    const { readiness, liveness } = this.#scouted;
    if (this.service !== null) this.service = { ...this.service, readiness, liveness };
    return { requests, scouted: this.#scouted };
  }
}

/** The round without connections that wait for their own clients. */
function uncrowded({ wanted, note }: Partial<RoundPlan>): Partial<RoundPlan> {
  const keepsWaiting = ({ id, holds }: SituationSpec) =>
    holds === 'silence' || /^(half|continued|upload|paused)/.test(id);
  return {
    wanted: (situation) => !keepsWaiting(situation) && (wanted?.(situation) ?? true),
    note: note ?? 'without clients that keep it waiting',
  };
}
