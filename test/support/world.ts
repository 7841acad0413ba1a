import { Client, type ClientOptions, silentConnection, type Target } from './client/client.js';
import { H2Client } from './client/h2.js';
import { get } from './client/requests.js';
import { isTls, type Kind, type Situation } from './situation.js';
import type { Resolution, Setup } from './subject/protocol.js';
import type { Subject } from './subject/subject.js';

/** What a situation that says nothing of it is played with. */
/** What it came to where something was forced or has failed, and that a lame duck was too short. */
const OF_A_DRAIN = /^warning: HttpDrainWarning: ((forced|drained) in|the lame duck of) /;

export const DEFAULT_DRAIN = { deadlineMs: 3_000 };
/** Forcing may begin before the deadline, to leave time for what comes after it; but not long before. */
export const FORCING = 0.6;
/** A drain that needed more of its deadline than this part was waiting for it, and not for its clients. */
const IN_TIME = 0.7;
/** What a loaded machine may add to a deadline. */
export const SLACK_MS = 600;

export function check(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(sentence);
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What a situation plays with: a subject with one server running in it, and clients of that server. */
export class World {
  readonly #clients: Client[] = [];
  readonly #sessions: H2Client[] = [];
  /** Whether the situation has had its say on how the shutdown ended. */
  judged = false;

  private constructor(
    readonly subject: Subject,
    readonly kind: Kind,
    readonly setup: Setup,
  ) {}

  static async start(subject: Subject, kind: Kind, situation: Situation, library: string): Promise<World> {
    const setup: Setup = {
      state: 'listening',
      host: '127.0.0.1',
      trackLate: false,
      upgrades: 'none',
      webSockets: false,
      hooks: [],
      ...situation.setup,
      drain: { ...DEFAULT_DRAIN, ...situation.setup?.drain },
      transport: kind.transport,
      framework: kind.framework,
      library,
    };
    const world = new World(subject, kind, setup);
    await subject.start(setup);
    return world;
  }

  get target(): Target {
    return { port: this.subject.ports[0] ?? 0, tls: isTls(this.kind) };
  }

  async connect(options: ClientOptions = {}, host?: string): Promise<Client> {
    const client = await Client.connect({ ...this.target, ...(host !== undefined && { host }) }, options);
    this.#clients.push(client);
    return client;
  }

  /** A connection that the server keeps alive after a first request. */
  async kept(options?: ClientOptions): Promise<Client> {
    const client = await this.connect(options);
    await client.write(get('/fast'));
    await client.answer();
    return client;
  }

  /** A connection whose first request has reached its handler. */
  async asking(path: string): Promise<Client> {
    const client = await this.connect();
    await client.write(get(path));
    await this.subject.entered(path.replace(/\?.*/, ''));
    return client;
  }

  async silent(): Promise<Client> {
    const client = await silentConnection(this.target);
    this.#clients.push(client);
    return client;
  }

  async h2(): Promise<H2Client> {
    const client = await H2Client.connect(this.target);
    this.#sessions.push(client);
    return client;
  }

  /** Waits until the server has accepted this many connections and has nothing of theirs left to read. */
  async accepted(count: number): Promise<void> {
    while ((await this.subject.ask<number>('connections')) < count) await this.subject.turns();
    await this.subject.turns();
  }

  /** The shutdown came to its end by itself, before the deadline, and left nothing open. */
  async drained(withinMs = this.setup.drain.deadlineMs * IN_TIME): Promise<Resolution> {
    this.judged = true;
    const resolution = await this.ended();
    const took = Math.round(resolution.tookMs);
    check(took <= withinMs, `the shutdown took ${took} ms, where ${withinMs} ms were enough`);
    check((resolution.exited ?? 'code 0') === 'code 0', `the process was ended (${resolution.exited})`);
    check((resolution.report?.outcome ?? 'drained') === 'drained', 'the report says that it was forced');
    return resolution;
  }

  /** The deadline ended it, in time, and left nothing open. */
  async forced(): Promise<Resolution> {
    this.judged = true;
    const resolution = await this.ended();
    const { deadlineMs } = this.setup.drain;
    const took = Math.round(resolution.tookMs);
    check(took <= deadlineMs + SLACK_MS, `the shutdown took ${took} ms, with a deadline of ${deadlineMs} ms`);
    check((resolution.report?.outcome ?? 'forced') === 'forced', 'the report says that it drained');
    return resolution;
  }

  /** The shutdown came to its end, before or at the deadline, and left nothing open. */
  async ended(): Promise<Resolution> {
    const resolution = await this.subject.resolved();
    const { rejection, openSockets, listening } = resolution;
    check(rejection === undefined, `the shutdown rejected: ${rejection}`);
    check(openSockets === 0, `the shutdown resolved with ${openSockets} sockets still open`);
    check(listening === 0, `the shutdown resolved with ${listening} servers still listening`);
    return resolution;
  }

  /** No warning, unhandled rejection or uncaught exception may have come of it, but for what a drain says of itself. */
  quiet(): void {
    const notes = this.subject.notes.filter((note) => !OF_A_DRAIN.test(note));
    check(notes.length === 0, `the process had something to say: ${notes.join('\n')}`);
  }

  /** The same again, with a new server. */
  async restart(): Promise<void> {
    await this.subject.stop();
    await this.subject.start(this.setup);
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.reset();
    for (const session of this.#sessions) session.session.destroy();
    await this.subject.stop();
  }
}
