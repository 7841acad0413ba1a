import { now } from '../node/clock.js';
import { turn } from '../node/turn.js';

/** A listening socket of Node's. */
export interface ListenHandle {
  onconnection: (error: number, client?: ClientHandle) => void;
  close(callback?: () => void): void;
}

interface ClientHandle {
  close(callback?: () => void): void;
}

/** Loop turns in a row that bring no connection, after which none waits: from Node 22 on a turn accepts about one. */
const QUIET_TURNS = 5;
/** A worker that takes nothing for so long is not waited for. */
const SILENCE_MS = 1_000;

/**
 * The connections that wait in the primary of a cluster to be handed to its workers (the policy SCHED_RR): those in the
 * accept queues of its listening sockets, and those that it has accepted and no worker has taken yet.
 *
 * A cluster that is stopped whole loses them: once its workers have been told to go, nobody takes any.
 */
export class ClusterQueue {
  readonly #listening = new Set<ListenHandle>();
  readonly #accepted = new Set<ClientHandle>();
  #movedAt = 0;
  #emptying = false;

  /** @param handle - a listening socket whose connections Node hands to workers */
  add(handle: ListenHandle): void {
    this.#listening.add(handle);
    const { onconnection } = handle;
    handle.onconnection = (error, client) => {
      if (client) this.#arrived(client);
      onconnection.call(handle, error, client);
    };
    onClose(handle, () => this.#listening.delete(handle));
  }

  /** Is there something to hand out, and nobody doing it yet? */
  get isWaitedFor(): boolean {
    return this.#listening.size > 0 && !this.#emptying;
  }

  /** Resolves once all that waits is taken, `ms` have passed, or the workers take nothing any more. */
  async empty(ms: number): Promise<void> {
    this.#emptying = true;
    const endAt = now() + ms;
    this.#movedAt = now();
    for (let quiet = 0; quiet < QUIET_TURNS || this.#accepted.size > 0; ) {
      const { size } = this.#accepted;
      const before = this.#movedAt;
      await turn();
      if (now() > Math.min(endAt, this.#movedAt + SILENCE_MS)) break;
      quiet = this.#movedAt === before && this.#accepted.size === size ? quiet + 1 : 0;
    }
    this.#emptying = false;
  }

  /** Node closes its own end of a connection when a worker has taken it. */
  #arrived(client: ClientHandle): void {
    this.#moved();
    this.#accepted.add(client);
    onClose(client, () => {
      this.#accepted.delete(client);
      this.#moved();
    });
  }

  #moved(): void {
    if (this.#emptying) this.#movedAt = now();
  }
}

function onClose(handle: ClientHandle, callback: () => void): void {
  const { close } = handle;
  handle.close = (done) => {
    callback();
    close.call(handle, done);
  };
}
