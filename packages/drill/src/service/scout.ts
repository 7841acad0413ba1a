import { setTimeout as sleep } from 'node:timers/promises';
import { Client, closes, type Target } from '../client/client.js';
import { H2Client } from '../client/h2-client.js';
import type { Requests } from '../client/requests.js';
import { upgradeLines } from '../client/web-socket.js';
import { Usual } from '../round/usual.js';
import { DrillFailure } from './failure.js';
import type { Service } from './service.js';

/** Bytes of the upload that a service may answer without reading it. */
export const UPLOAD_BYTES = 8 * 1_048_576;
const ZEROS = Buffer.alloc(UPLOAD_BYTES);
/** An answer as long as this does not fit into the kernel's buffers. */
export const BIG_BYTES = 16 * 1_048_576;

const READINESS = ['/readyz', '/healthz', '/health', '/ready', '/livez'];
const NOWHERE = '/http-drain-drill-asks-for-what-is-not-there';
const LONGEST_ANSWER_MS = 30_000;
const PROBE_MS = 10_000;

/** What the service does while nobody stops it: only against this is anything judged. */
export interface Scouted {
  get: { status: number; ms: number; bytes: number; keepAlive: boolean };
  /** Status of a POST whose body came in halves; null: it answers before the rest has come, or not at all. */
  post: number | null;
  /** It answers `Expect: 100-continue` by 100, and waits for the body. */
  continues: boolean;
  /** Status of an upload of 8 MB from a client that reads nothing before all is sent; null: it cannot be had. */
  upload: number | null;
  /** Bytes of the big answer; null where there is none. */
  big: number | null;
  /** Status of the slow request; null where none was named. */
  slow: { status: number; ms: number } | null;
  /** It serves others while one connection says nothing. */
  concurrent: boolean;
  pipelines: boolean;
  /** Which HTTP/2 it speaks, beside HTTP/1. */
  h2: 'h2' | 'h2c' | null;
  /** Whether HTTP/2 takes a body that comes after its head; status of the answer, or null. */
  h2Post: number | null;
  readiness: string | null;
  liveness: string | null;
  /** A path that there can be none of is answered well, too. */
  everyPath: boolean;
  /** Grows from round to round. */
  usual: Usual;
}

interface Summary {
  status: number;
  ms: number;
  bytes: number;
  keepAlive: boolean;
}

function isGood(answer: Summary | undefined): boolean {
  return answer !== undefined && answer.status < 300;
}

export interface ScoutOptions {
  ws: string | null;
  sse: string | null;
  slow: string | null;
  big: string | null;
  upload: string | null;
  ready: string | null;
}

export class Scout {
  readonly #clients: Client[] = [];

  constructor(
    readonly target: Target,
    readonly requests: Requests,
    readonly options: ScoutOptions,
    readonly service: Service,
  ) {}

  /** @throws DrillFailure where what it should ask for is not answered well */
  async look(): Promise<Scouted> {
    try {
      const get = await this.#get();
      const patience = get.ms * 2 + 150;
      await this.#streams();
      const concurrent = await this.#concurrent(patience);
      const alone = { post: null, continues: false, upload: null, pipelines: false, big: null, slow: null };
      // One connection at a time is all that it serves: what holds a connection would hold up all others.
      const together = concurrent ? await this.#together(get, patience) : alone;
      const beside = { ...(await this.#probes()), ...(await this.#h2(patience)), usual: new Usual() };
      return { get, concurrent, ...together, ...beside };
    } finally {
      for (const client of this.#clients) client.close();
    }
  }

  async #together(get: Scouted['get'], patience: number) {
    const [post, continues, upload, pipelines, big, slow] = await Promise.all([
      this.#post(patience),
      this.#continues(patience),
      this.#upload(patience),
      this.#pipelines(get.status, patience),
      this.#big(get.bytes),
      this.#slow(),
    ]);
    return { post, continues, upload, pipelines, big, slow };
  }

  async #get(): Promise<Scouted['get']> {
    const first = await this.#request(this.requests.get('scout'), LONGEST_ANSWER_MS);
    if (first === undefined) this.#bad(`${this.requests.url} was not answered whole`);
    if (first.status >= 500) this.#bad(`${this.requests.url} was answered ${first.status}`);
    // The second one is warm: what a request takes.
    const second = await this.#request(this.requests.get('scout'), LONGEST_ANSWER_MS);
    const { status, bytes, keepAlive } = first;
    return { status, bytes, keepAlive, ms: second?.ms ?? first.ms };
  }

  #bad(what: string): never {
    throw new DrillFailure(
      'bad-answer',
      `GET ${what} before anything was stopped: name a path that works by --url.`,
      this.service.output,
    );
  }

  async #h2(patience: number): Promise<Pick<Scouted, 'h2' | 'h2Post'>> {
    const client = new H2Client(this.target, this.requests.h2Headers);
    try {
      if (!(await within(patience + 500, client.usable()))) return { h2: null, h2Post: null };
      const status = await within(patience + 500, client.answered(client.ask('scout', this.requests.url)));
      if (status === undefined || status >= 500) return { h2: null, h2Post: null };
      const posted = client.ask('scout', this.options.upload ?? this.requests.url, { body: true });
      await within(patience, client.answered(posted));
      const waits = posted.firstByteAt === undefined && client.open;
      client.finish(posted, 'body');
      const answer = waits ? await within(patience + 500, client.answered(posted)) : undefined;
      return {
        h2: this.target.tls ? 'h2' : 'h2c',
        h2Post: answer === undefined || answer >= 500 ? null : answer,
      };
    } finally {
      client.close();
    }
  }

  /** The streams that were named can be opened. */
  async #streams(): Promise<void> {
    const { ws, sse } = this.options;
    const named = [
      ['--ws', ws, 101, upgradeLines()],
      ['--sse', sse, 200, 'Accept: text/event-stream\r\n'],
    ] as const;
    for (const [flag, path, status, lines] of named) {
      if (path === null) continue;
      const client = this.#client();
      await client.usable();
      const asked = client.ask('scout', this.requests.get('scout', path, lines));
      await within(
        LONGEST_ANSWER_MS,
        client.until(() => asked.answer !== undefined || !client.open),
      );
      if (asked.answer?.status !== status) this.#named(flag, path, asked.answer?.status);
    }
  }

  async #concurrent(patience: number): Promise<boolean> {
    const silent = this.#client();
    await silent.connected();
    const half = this.#client();
    if (await half.connected()) half.ask('scout', this.requests.get('scout').slice(0, 20), { all: false });
    await sleep(5);
    const answer = await this.#request(this.requests.get('scout'), patience + 500);
    silent.close();
    half.close();
    return answer !== undefined;
  }

  async #post(patience: number): Promise<number | null> {
    const client = this.#client();
    if (!(await client.usable())) return null;
    const head = this.requests.post('scout', 10, this.options.upload ?? undefined);
    const asked = client.ask('scout', `${head}01234`, { all: false });
    await within(patience, client.answered(asked));
    if (asked.firstByteAt !== undefined || !client.open) return null;
    client.finish(asked, '56789');
    const answer = await within(patience + LONGEST_ANSWER_MS, client.answered(asked));
    return answer === undefined || answer.status >= 500 ? null : answer.status;
  }

  async #continues(patience: number): Promise<boolean> {
    const client = this.#client();
    if (!(await client.usable())) return false;
    const path = this.options.upload ?? undefined;
    const head = this.requests.post('scout', 10, path, 'Expect: 100-continue\r\n');
    const asked = client.ask('scout', head, { all: false });
    await within(
      patience,
      client.until(() => asked.continued || asked.endedAt !== undefined),
    );
    await sleep(patience / 2);
    return asked.continued && asked.firstByteAt === undefined;
  }

  async #upload(patience: number): Promise<number | null> {
    const client = this.#client();
    if (!(await client.usable())) return null;
    client.pause();
    const asked = client.ask(
      'scout',
      this.requests.post('scout', UPLOAD_BYTES, this.options.upload ?? undefined),
      {
        all: false,
      },
    );
    const sent = await within(patience + 2_000, client.write(ZEROS));
    if (sent !== true) return null;
    asked.allSentAt = performance.now();
    client.resume();
    const answer = await within(patience + 2_000, client.answered(asked));
    return answer === undefined || answer.status >= 500 ? null : answer.status;
  }

  async #pipelines(status: number, patience: number): Promise<boolean> {
    const client = this.#client();
    if (!(await client.usable())) return false;
    const first = client.ask('scout', this.requests.get('scout') + this.requests.get('scout'));
    const second = client.ask('scout', '');
    await within(patience * 2 + 500, client.answered(second));
    return first.answer?.status === status && second.answer?.status === status && second.answer.whole;
  }

  async #big(bytes: number): Promise<number | null> {
    if (this.options.big === null) return bytes >= BIG_BYTES ? bytes : null;
    const answer = await this.#request(this.requests.get('scout', this.options.big), LONGEST_ANSWER_MS);
    if (answer === undefined || answer.status >= 400) this.#named('--big', this.options.big, answer?.status);
    return answer.bytes;
  }

  async #slow(): Promise<Scouted['slow']> {
    if (this.options.slow === null) return null;
    const answer = await this.#request(this.requests.get('scout', this.options.slow), LONGEST_ANSWER_MS);
    if (answer === undefined || answer.status >= 400)
      this.#named('--slow', this.options.slow, answer?.status);
    return { status: answer.status, ms: answer.ms };
  }

  #named(flag: string, path: string, status: number | undefined): never {
    const how = status === undefined ? 'was not answered' : `was answered ${status}`;
    throw new DrillFailure('bad-answer', `GET ${path}, which ${flag} names, ${how}.`, this.service.output);
  }

  async #probes(): Promise<Pick<Scouted, 'readiness' | 'liveness' | 'everyPath'>> {
    const { ready } = this.options;
    const ask = (path: string) => this.#request(this.requests.get('scout', path), PROBE_MS);
    const [nowhere, elsewhere, named, ...found] = await Promise.all(
      [NOWHERE, `${NOWHERE}-either`, ready ?? NOWHERE, ...READINESS].map(ask),
    );
    if (ready !== null && !isGood(named)) this.#named('--ready', ready, named?.status);
    // Where every path is answered well, only another answer than that says anything; where it tells the path, none does.
    const tells = (answer: Summary | undefined) =>
      isGood(answer) &&
      (!isGood(nowhere) || (answer?.bytes !== nowhere?.bytes && nowhere?.bytes === elsewhere?.bytes));
    const paths = READINESS.filter((_, index) => tells(found[index]));
    const readiness = ready ?? paths.find((path) => path !== '/livez') ?? null;
    const liveness =
      paths.find((path) => path === '/livez') ?? paths.find((path) => path !== readiness) ?? null;
    return { readiness, liveness, everyPath: isGood(nowhere) };
  }

  async #request(bytes: string, patience: number): Promise<Summary | undefined> {
    const client = this.#client();
    if (!(await client.usable())) return undefined;
    const asked = client.ask('scout', bytes);
    const answer = await within(patience, client.answered(asked));
    if (answer === undefined) return undefined;
    const ms = (asked.endedAt as number) - asked.sentAt;
    return { status: answer.status, bytes: answer.bytes, ms, keepAlive: !closes(answer) && client.open };
  }

  #client(): Client {
    const client = new Client(this.target);
    this.#clients.push(client);
    return client;
  }
}

/** What the promise gives, or undefined when it takes longer. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  const first = await Promise.race([promise, late]);
  clearTimeout(timer);
  return first;
}
