import { Client, type Target } from '../client/client.js';
import type { Conversation } from '../client/conversation.js';
import { H2Client } from '../client/h2-client.js';
import type { Requests } from '../client/requests.js';
import type { CloseFrames } from '../client/web-socket.js';
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
export interface Actor<C extends Conversation = Conversation> {
  readonly id: string;
  readonly situation: string;
  readonly protocol: Protocol;
  readonly client: C;
  /** In a rolling restart: it leads to a proxy, or to an instance that is not being stopped. */
  readonly elsewhere: boolean;
  /** The status that its requests get while nobody stops the service. */
  expects: number;
  /** At the signal. */
  kernel: Seen | undefined;
  /** Looked at again and again after the signal. */
  lastSeen: Seen | undefined;
  /** When its service's side, once accepted, was seen to be closed. */
  serverClosedAt: number | undefined;
  /** Of a WebSocket. */
  closeFrames?: CloseFrames;
}

/** All connections of a round, and what their scripts need to know. */
export class Cast {
  readonly actors: Actor[] = [];
  /** In a rolling restart: those that lead to a proxy, or to an instance that is not being stopped. */
  readonly elsewhere: Actor[] = [];
  /** Clients of a load round that go on asking. */
  atWork = 0;
  /** No client makes a connection any more. */
  lookedAway = false;
  /** Called when a connection has ended. */
  onEnd: () => void = () => {};
  #closesWhenAnswered = false;
  readonly #counts = new Map<string, number>();

  constructor(
    readonly target: Target,
    readonly requests: Requests,
    readonly scouted: Scouted,
    readonly options: {
      queue: number;
      closing: boolean;
      /** Of a load round. */
      clients: number;
      /** The platform has told clients to go elsewhere before the signal: none makes a connection any more. */
      preStopMs: number;
    } & Record<'slow' | 'big' | 'upload' | 'ws' | 'sse', string | null>,
  ) {}

  /** A new connection, which begins to be made at once. */
  actor(
    situation: string,
    protocol: Protocol = 'http/1.1',
    secure = this.target.tls ?? false,
  ): Actor<Client> {
    const client = new Client({ ...this.target, tls: secure });
    return this.#enter(situation, secure && protocol === 'http/1.1' ? 'https/1.1' : protocol, client);
  }

  /** A new HTTP/2 session, of the kind that the service speaks. */
  h2Actor(situation: string): Actor<H2Client> {
    const secure = this.scouted.h2 === 'h2';
    const client = new H2Client({ ...this.target, tls: secure }, this.requests.h2Headers);
    return this.#enter(situation, secure ? 'h2' : 'h2c', client);
  }

  /** A new connection to another place than the service that is being stopped. */
  actorElsewhere(situation: string, target: Target): Actor<Client> {
    const protocol = target.tls ? 'https/1.1' : 'http/1.1';
    return this.#enter(situation, protocol, new Client(target), this.elsewhere);
  }

  #enter<C extends Conversation>(
    situation: string,
    protocol: Protocol,
    client: C,
    among = this.actors,
  ): Actor<C> {
    const number = this.#counts.get(situation) ?? 0;
    this.#counts.set(situation, number + 1);
    const actor: Actor<C> = {
      ...{ id: `${situation}#${number}`, situation, protocol, client, elsewhere: among === this.elsewhere },
      ...{
        expects: this.scouted.get.status,
        kernel: undefined,
        lastSeen: undefined,
        serverClosedAt: undefined,
      },
    };
    among.push(actor);
    void client.until(() => !client.open).then(() => this.onEnd());
    if (this.#closesWhenAnswered) void closeWhenAnswered(client);
    return actor;
  }

  /** A connection that has had a first answer and is kept. Undefined where there was none: the service was not well. */
  async kept(situation: string): Promise<Actor<Client> | undefined> {
    const actor = this.actor(situation);
    const { client } = actor;
    if (!(await client.usable())) return undefined;
    const answer = await client.answered(client.ask(actor.id, this.requests.get(actor.id), { warm: true }));
    return answer !== undefined && client.open ? actor : undefined;
  }

  /** From now on clients close what they have had their answers on, also those that come later. */
  closeWhenAnswered(): void {
    this.#closesWhenAnswered = true;
    for (const { client } of this.actors) void closeWhenAnswered(client);
  }

  /** The HTTP/1 connections of a situation. */
  of(situation: string): Actor<Client>[] {
    const actors = this.actors.filter((actor) => actor.situation === situation);
    return actors.filter((actor): actor is Actor<Client> => actor.client instanceof Client);
  }

  get inFlight(): number {
    // A stream that was opened before is no request that anyone waits for.
    const waiting = this.actors.flatMap(({ client }) => client.pending.filter(({ warm }) => !warm));
    return waiting.length;
  }
}

/** What has never asked for anything waits on. */
async function closeWhenAnswered(client: Conversation): Promise<void> {
  await client.until(() => client.asked.length > 0 && client.pending.length === 0);
  client.close();
}
