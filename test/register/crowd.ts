import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Child } from '../process/child.js';
import { Client } from '../support/client/client.js';
import { get } from '../support/client/requests.js';

/** What a server under test answers at these paths. */
export interface Paths {
  /** At once. */
  quick: string;
  /** Half a second later. */
  slow: string;
  /** 24 MB. */
  big: string;
}

export interface Outcome {
  /** Requests that were sent, and have no whole answer: one sentence each. */
  lost: string[];
  answered: number;
}

export const PATHS: Paths = { quick: '/quick', slow: '/slow', big: '/big' };
export const BIG = 24 * 1024 * 1024;

export const QUEUED = 20;
/** A server that leaves a client without an answer for so long will not answer any more. */
const PATIENCE_MS = 15_000;

/**
 * Clients of a server that is stopped: one whose request is in flight, one that does not read its 24 MB for a while,
 * one that sends one request after the other on its connection, and twenty that wait in the accept queue.
 */
export class Crowd {
  readonly #port: number;
  readonly #paths: Paths;
  readonly #answers: Promise<void>[] = [];
  readonly #outcome: Outcome = { lost: [], answered: 0 };

  private constructor(port: number, paths: Paths) {
    this.#port = port;
    this.#paths = paths;
  }

  /** Those that are there before the signal have come when it resolves. */
  static async arrive(port: number, paths: Paths = PATHS): Promise<Crowd> {
    const crowd = new Crowd(port, paths);
    const [talker, slow, reader] = await Promise.all([crowd.#client(), crowd.#client(), crowd.#client()]);
    await reader.write(get(paths.big));
    await reader.head();
    reader.pause();
    await slow.write(get(paths.slow));
    const answered = crowd.#expect('the request in flight', slow);
    // What was sent before these is read before them, or with the first of them.
    for (let round = 0; round < 2; round++) await crowd.#ask(talker);
    crowd.#answers.push(crowd.#talk(talker));
    void crowd.#expect('the answer to a slow reader', reader, BIG);
    void answered.then(() => reader.resume());
    return crowd;
  }

  /**
   * Twenty more connect and send their requests while the process that accepts stands still; the signal is there
   * when it goes on.
   *
   * @param send - sends the signal, if it goes to another process
   */
  async queueUp(
    acceptor: Child,
    signal: NodeJS.Signals,
    send = () => acceptor.signal(signal),
  ): Promise<void> {
    acceptor.signal('SIGSTOP');
    await stopped(acceptor.pid);
    for (let index = 0; index < QUEUED; index++) {
      const client = await this.#client();
      await client.write(get(this.#paths.quick));
      void this.#expect('a request in the accept queue', client);
    }
    send();
    acceptor.signal('SIGCONT');
  }

  /** What became of all, once each has its answer or has lost it. */
  async outcome(): Promise<Outcome> {
    await Promise.all(this.#answers);
    return this.#outcome;
  }

  #client(): Promise<Client> {
    return Client.connect({ port: this.#port, tls: false });
  }

  /** Returns false once the answer said that it is the last one. */
  async #ask(client: Client): Promise<boolean> {
    await client.write(get(this.#paths.quick));
    const { headers } = await client.answer();
    this.#outcome.answered++;
    return headers.get('connection') !== 'close';
  }

  /**
   * It stops when its connection is closed, or is said to be. A request that crosses the FIN of an idle connection on
   * its way has not been taken: its client sends it again (RFC 9112 section 9.3.1). Any other is to be answered.
   */
  async #talk(client: Client): Promise<void> {
    try {
      while (client.ending === undefined && (await this.#ask(client))) await delay(2);
    } catch (error) {
      const crossed = client.ending === 'fin' && client.reader.current === undefined;
      if (!crossed) this.#outcome.lost.push(`one request after the other: ${(error as Error).message}`);
    }
  }

  #expect(who: string, client: Client, bytes = 0): Promise<void> {
    const late = new AbortController();
    const answer = Promise.race([
      client.answer(),
      delay(PATIENCE_MS, undefined, { signal: late.signal }).then(() => {
        throw new Error('no answer came');
      }),
    ]);
    const judged = answer.then(
      ({ status, body }) => {
        if (status !== 200) this.#outcome.lost.push(`${who}: answered ${status}`);
        else if (body.length < bytes) this.#outcome.lost.push(`${who}: ${body.length} bytes came`);
        else this.#outcome.answered++;
      },
      (error: Error) => void this.#outcome.lost.push(`${who}: ${error.message}`),
    );
    const done = judged.finally(() => late.abort());
    this.#answers.push(done);
    return done;
  }
}

export async function stopped(pid: number): Promise<void> {
  while (!/^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) await delay(1);
}
