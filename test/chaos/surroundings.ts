/** What a world may not leave behind in its process, and what may not happen in it. */
import { hasSubscribers } from 'node:diagnostics_channel';
import { now, turn } from './clock.js';
import { FOREIGN_FAULT } from './company.js';

const CHANNELS = [
  'http.server.request.start',
  'http.server.response.finish',
  'tracing:net.server.listen:asyncStart',
  'http-drain:phase',
  'http-drain:report',
];

/** For things of the process itself, a test runner's messages say, to come and go. */
const SETTLING_MS = 400;

export class Surroundings {
  readonly incidents: string[] = [];
  readonly #resources = countResources();
  readonly #listeners: Map<string, number>;
  readonly #channels = CHANNELS.filter(hasSubscribers);
  readonly #exit = process.exit;
  readonly #kill = process.kill;

  constructor() {
    process.on('unhandledRejection', this.#onRejection);
    process.on('uncaughtException', this.#onException);
    process.on('warning', this.#onWarning);
    this.#listeners = countListeners();
  }

  /** What is there now that was not there before. */
  async leftovers(): Promise<string[]> {
    const until = now() + SETTLING_MS;
    while (this.#grown().length > 0 && now() < until) await turn();
    const left = this.#grown();
    for (const [name, count] of countListeners())
      if (count !== (this.#listeners.get(name) ?? 0)) left.push(`a listener for '${name}' on process`);
    for (const channel of CHANNELS)
      if (hasSubscribers(channel) && !this.#channels.includes(channel))
        left.push(`a subscriber of ${channel}`);
    if (process.exit !== this.#exit) left.push('process.exit');
    if (process.kill !== this.#kill) left.push('process.kill');
    return left;
  }

  release(): void {
    process.off('unhandledRejection', this.#onRejection);
    process.off('uncaughtException', this.#onException);
    process.off('warning', this.#onWarning);
  }

  #grown(): string[] {
    const grown: string[] = [];
    for (const [name, count] of countResources()) {
      const before = this.#resources.get(name) ?? 0;
      if (count > before) grown.push(`${count - before} ${name}`);
    }
    return grown;
  }

  readonly #onRejection = (reason: unknown): void => {
    this.incidents.push(`unhandled rejection: ${describe(reason)}`);
  };

  readonly #onException = (error: unknown): void => {
    // Node throws what a subscriber of a channel throws once more, at the process (documentation, diagnostics_channel).
    if (error instanceof Error && error.message === FOREIGN_FAULT) return;
    this.incidents.push(`uncaught exception: ${describe(error)}`);
  };

  readonly #onWarning = (warning: Error & { code?: string }): void => {
    if (warning.code?.startsWith('HTTP_DRAIN')) return; // what the drain says of itself, where there is no logger
    this.incidents.push(`warning: ${describe(warning)}`);
  };
}

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) {
    if (name !== 'Immediate' && name !== 'TickObject') counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

function countListeners(): Map<string, number> {
  return new Map(process.eventNames().map((name) => [String(name), process.listenerCount(name)]));
}
