import type { Server } from 'node:net';
import { elapsed, now } from '../node/clock.js';
import { setTimeout } from '../node/timers.js';
import { discovery, type Finder, isOfThisContext, ownership } from '../traffic/discovery.js';
import { addressOf } from '../traffic/listening-socket.js';
import { Claim, type Owner } from '../traffic/ownership.js';
import type { ServerWords } from '../traffic/server-set.js';
import type { TrackedServer } from '../traffic/tracked-server.js';
import type { DrainState } from './drain-state.js';

/** A server that begins to listen when a signal's drain has closed is left alone until so long after the end. */
const AFTERWARDS_MS = 1_500;

/** The servers that a drain claims: those that it was told of, and those that it looks for. */
export class Claims {
  readonly owner: Owner;
  readonly #state: DrainState;
  readonly #onTracked: (server: TrackedServer) => void;
  /** Discovery itself holds none of them, so that a drain that nobody has any more is let go. */
  readonly #finders = new Map<Finder, () => void>();
  #rest: Finder | undefined;
  #outlives = false;
  #endedAt = 0;

  /**
   * @param whole - the claims of what the drain is a part of
   * @param onTracked - called with each server that is tracked from now on
   */
  constructor(state: DrainState, whole: Claims | undefined, onTracked: (server: TrackedServer) => void) {
    this.#state = state;
    this.#onTracked = onTracked;
    this.owner = {
      parent: whole?.owner,
      hear: (server, said) => this.say(server, said),
      letGo: (server) => state.servers.letGo(server),
    };
  }

  /** Somebody says that it is the drain's. What is said of a server of one of its parts is said to that. */
  say(server: Server, said: ServerWords): void {
    const part = ownership.partOf(this.owner, server);
    if (part) part.hear(server, said);
    else this.#track(server, Claim.Said, said);
  }

  /** Looks for servers: those that `accept` knows, or else those that nobody knows. Returns what hands it one. */
  find(accept?: (server: Server) => boolean): (server: Server) => void {
    if (!accept && this.#rest) return this.#rest.found;
    const { faults } = this.#state;
    const claim = accept ? Claim.Known : Claim.Found;
    const finder: Finder = {
      accept: accept && ((server) => faults.call('discovery', () => accept(server)) === true),
      found: (server) => this.#found(server, claim),
    };
    if (!accept) this.#rest = finder;
    if (this.#state.phase !== 'closed') this.#finders.set(finder, discovery.add(finder));
    return finder.found;
  }

  /** Takes one that begins to listen, unless somebody has a better claim to it. */
  found(server: Server): void {
    this.#found(server, Claim.Found);
  }

  /** A signal has come: what listens after the drain has closed is closed after a while, since it would keep the process. */
  outlive(): void {
    this.#outlives = true;
  }

  /** The drain has closed. What a part looks for it goes on to, so that no server of its application listens for ever. */
  end(): void {
    this.#endedAt = now();
    if (!this.owner.parent && !this.#outlives) for (const end of this.#finders.values()) end();
    const unheard = this.#outlives ? this.#state.servers.unheard : [];
    this.#state.servers.release();
    for (const server of unheard) this.#closeAfterwards(server);
  }

  #track(server: Server, claim: Claim, said: ServerWords = {}): void {
    if (this.#state.phase === 'closed') {
      if (this.#outlives) this.#closeAfterwards(server);
      return;
    }
    if (!ownership.claim(server, this.owner, claim)) return;
    const tracked = this.#state.servers.track(server, said);
    if (tracked) this.#onTracked(tracked);
  }

  #found(server: Server, claim: Claim): void {
    const { faults, options, phase } = this.#state;
    if (claim === Claim.Found && faults.call('discovery', () => isOfThisContext(server)) === false) return;
    if (faults.call('ignore()', () => options.ignore?.(server))) return;
    if (phase !== 'closed') this.#track(server, claim);
    // Its application has been closed, or the process is to end: nobody would close it any more.
    else if (this.owner.parent) this.#closeIn(0, server);
    else if (this.#outlives) this.#closeAfterwards(server);
  }

  #closeAfterwards(server: Server): void {
    this.#closeIn(Math.max(0, AFTERWARDS_MS - elapsed(this.#endedAt)), server);
  }

  #closeIn(ms: number, server: Server): void {
    const closeSoon = () => setTimeout(() => this.#closeLate(server), ms).unref();
    if (server.listening) closeSoon();
    else server.once('listening', closeSoon);
  }

  #closeLate(server: Server): void {
    if (!server.listening) return;
    if (this.#outlives) this.#state.observer.onLateServer({ name: undefined, address: addressOf(server) });
    this.#state.faults.call('close() of a server', () => server.close());
  }
}
