import type { Cast } from './cast.js';
import { Freeze } from './freeze.js';
import type { SituationSpec } from './situations.js';
import type { Watch } from './watch.js';

const QUEUE = 20;
/** The service is frozen so long before the moment at which it is known to close its listening socket, and after it. */
const BEFORE_MS = 70;
const AFTER_MS = 60;
/** Frozen any later it may have looked for the last time at what it is about to close. */
const LATEST_MS = 25;

/** Kept connections that ask when the listening socket is about to close. */
export const CLOSING_KEPT: SituationSpec = {
  id: 'closing-unread',
  title: 'unread in the kernel when the listening socket closed',
  holds: 'keep-alive',
  count: ({ scouted, options }) => (options.closing && scouted.get.keepAlive && scouted.concurrent ? 4 : 0),
  async play(cast, cue) {
    await cast.kept('closing-unread');
    await cue.over();
  },
};

export const CLOSING_QUEUE = {
  id: 'closing-queue',
  title: 'in the accept queue when the listening socket closed',
};

/**
 * A service that goes on listening for a while after the signal closes its listening socket later, and what waits in it
 * is lost then as well as at the signal. When that is, earlier rounds have shown: there it is frozen once more.
 */
export class Closing {
  freeze: Freeze | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(
    readonly cast: Cast,
    readonly watch: Watch,
    signalledAt: number,
    closesAfterMs: number,
  ) {
    const at = signalledAt + closesAfterMs;
    this.#timer = setTimeout(() => void this.#hold(at), at - BEFORE_MS - performance.now());
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.freeze?.thaw();
  }

  async #hold(closesAt: number): Promise<void> {
    if (this.watch.listenerClosedAt !== undefined) return;
    const freeze = await Freeze.of(this.watch.serving);
    this.freeze = freeze;
    if (performance.now() > closesAt - LATEST_MS || !this.watch.listens) return freeze.thaw();
    await Promise.race([this.#place(), freeze.due]);
    await this.watch.snapshot(({ situation }) => freeze.lasts && situation.startsWith('closing-'));
    const wait = Math.max(0, closesAt + AFTER_MS - performance.now());
    await Promise.race([new Promise((resolve) => setTimeout(resolve, wait)), freeze.due]);
    freeze.thaw();
  }

  async #place(): Promise<void> {
    const { cast } = this;
    const { requests } = cast;
    for (const { client, id } of cast.of(CLOSING_KEPT.id)) if (client.open) client.ask(id, requests.get(id));
    const queued = Array.from({ length: cast.options.preStopMs > 0 ? 0 : QUEUE }, () =>
      cast.actor(CLOSING_QUEUE.id),
    );
    await Promise.all(
      queued.map(async ({ client, id }) => {
        if (await client.connected()) client.ask(id, requests.get(id));
      }),
    );
  }
}
