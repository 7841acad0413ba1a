import type { Client, Target } from '../client/client.js';
import { Waiters } from '../client/conversation.js';
import type { Requests } from '../client/requests.js';
import type { Actor, Cast } from '../round/cast.js';
import { LOAD } from '../round/load.js';

/** Where clients of a rolling restart can send: an instance, or a proxy. */
export class Route {
  /** It has refused a connection: nobody tries again. */
  refuses = false;
  #answers = 0;
  readonly #waiters = new Waiters();

  /** @param situation - by which its connections are known; undefined: it leads to the instance that is being stopped */
  constructor(
    readonly target: Target,
    readonly requests: Requests,
    readonly situation: string | undefined,
  ) {}

  connect(cast: Cast): Actor<Client> {
    return this.situation === undefined
      ? cast.actor(LOAD.id)
      : cast.actorElsewhere(this.situation, this.target);
  }

  /** The platform has told clients to look for another one; who has a connection goes on using it. */
  isClosedTo({ lookedAway }: Cast): boolean {
    return this.refuses || (lookedAway && this.situation === undefined);
  }

  answered(): void {
    this.#answers++;
    this.#waiters.changed();
  }

  /** Resolves when it has given so many answers. */
  served(count: number): Promise<void> {
    return this.#waiters.until(() => this.#answers >= count);
  }
}
