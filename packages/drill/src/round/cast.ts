import { Client, type Connector, type Target } from '../client/client.js';
import type { Requests } from '../client/requests.js';
import type { Protocol } from '../model.js';
import type { Scouted } from '../service/scout.js';

/** What /proc said of the service's side of a connection, and when. */
export interface Seen {
  at: number;
  accepted: boolean;
  unread: number;
  unsent: number;
}

/** One connection of the drill's, put into a situation. */
export interface Actor {
  readonly id: string;
  readonly situation: string;
  readonly protocol: Protocol;
  readonly client: Client;
  /** The status that its requests get while nobody stops the service. */
  expects: number;
  /** At the signal. */
  kernel: Seen | undefined;
  /** Looked at again and again after the signal. */
  lastSeen: Seen | undefined;
  /** When its service's side, once accepted, was seen to be closed. */
  serverClosedAt: number | undefined;
}

/** All connections of a round, and what their scripts need to know. */
export class Cast {
  readonly actors: Actor[] = [];
  readonly #counts = new Map<string, number>();

  constructor(
    readonly target: Target,
    readonly requests: Requests,
    readonly scouted: Scouted,
    readonly options: { queue: number; slow: string | null; big: string | null; upload: string | null },
  ) {}

  /** A new connection, which begins to be made at once. */
  actor(situation: string, protocol: Protocol = 'http/1.1', connector?: Connector): Actor {
    const number = this.#counts.get(situation) ?? 0;
    this.#counts.set(situation, number + 1);
    const actor: Actor = {
      id: `${situation}#${number}`,
      situation,
      protocol,
      client: new Client(this.target, connector),
      expects: this.scouted.get.status,
      kernel: undefined,
      lastSeen: undefined,
      serverClosedAt: undefined,
    };
    this.actors.push(actor);
    return actor;
  }

  /** A connection that has had a first answer and is kept. Undefined where there was none: the service was not well. */
  async kept(situation: string): Promise<Actor | undefined> {
    const actor = this.actor(situation);
    const { client } = actor;
    if (!(await client.connected())) return undefined;
    const answer = await client.answered(client.ask(actor.id, this.requests.get(actor.id), { warm: true }));
    return answer !== undefined && client.open ? actor : undefined;
  }

  get inFlight(): number {
    return this.actors.reduce((sum, { client }) => sum + client.pending.length, 0);
  }
}
