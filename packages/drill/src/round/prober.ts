import { Client, type Target } from '../client/client.js';
import type { Requests } from '../client/requests.js';
import type { Probe } from '../model.js';

const EVERY_MS = 20;
const PATIENCE_MS = 1_000;
/** After so many that nobody took, nobody will. */
const ENOUGH_REFUSED = 5;

/** What one probe saw, by performance.now(). */
export interface ProbeSample {
  at: number;
  status: number | null;
}

/** Asks a readiness or a liveness path over and over, each time on a new connection, as orchestrators do. */
export class Prober {
  readonly samples: ProbeSample[] = [];
  #timer: NodeJS.Timeout | undefined;
  #refused = 0;
  readonly #open = new Set<Client>();

  constructor(
    readonly kind: Probe['kind'],
    readonly path: string,
    readonly target: Target,
    readonly requests: Requests,
  ) {}

  start(): void {
    this.#timer = setInterval(() => void this.#ask(), EVERY_MS);
    void this.#ask();
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const client of this.#open) client.close();
  }

  async #ask(): Promise<void> {
    const sample: ProbeSample = { at: performance.now(), status: null };
    this.samples.push(sample);
    const client = new Client(this.target);
    this.#open.add(client);
    const timer = setTimeout(() => client.close(), PATIENCE_MS);
    if (await client.usable()) {
      const bytes = this.requests.get('probe', this.path, 'Connection: close\r\n');
      sample.status = (await client.answered(client.ask('probe', bytes)))?.status ?? null;
    } else if (++this.#refused >= ENOUGH_REFUSED) clearInterval(this.#timer);
    clearTimeout(timer);
    client.close();
    this.#open.delete(client);
  }
}

/** One for each path that was found. */
export function probersOf(
  { readiness, liveness }: { readiness: string | null; liveness: string | null },
  target: Target,
  requests: Requests,
): Prober[] {
  const paths = [
    ['readiness', readiness],
    ['liveness', liveness],
  ] as const;
  return paths.flatMap(([kind, path]) => (path === null ? [] : [new Prober(kind, path, target, requests)]));
}
