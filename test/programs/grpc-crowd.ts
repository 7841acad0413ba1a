import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Child } from '../process/child.js';
import { BIG, type Outcome, QUEUED, stopped } from '../register/crowd.js';

const here = fileURLToPath(new URL('package.json', import.meta.url));
const require = createRequire(here);

interface Call {
  on(event: string, listener: (value: never) => void): Call;
  pause(): void;
  resume(): void;
}

interface Client {
  quick(request: string, answer: (error: Error | null) => void): void;
  slow(request: string, answer: (error: Error | null) => void): void;
  big(request: string): Call;
  close(): void;
  waitForReady(deadline: number, ready: (error?: Error) => void): void;
}

/** How many connections wait in the accept queue of a port: what Linux says of its listening socket. */
function queued(port: number): number {
  const lines = ['tcp', 'tcp6'].flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').split('\n'));
  const listening = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')} \\S+ 0A \\S+:(\\S+)`);
  const counts = lines.flatMap((line) => listening.exec(line)?.[1] ?? []);
  return counts.reduce((sum, count) => sum + Number.parseInt(count, 16), 0);
}

/** The clients of `Crowd`, of gRPC: each has a connection of its own. */
export class GrpcCrowd {
  readonly #connect: () => Client;
  readonly #answers: Promise<void>[] = [];
  readonly #outcome: Outcome = { lost: [], answered: 0 };

  private constructor(
    readonly port: number,
    connect: () => Client,
  ) {
    this.#connect = connect;
  }

  static async arrive(port: number): Promise<GrpcCrowd> {
    const grpc = require('@grpc/grpc-js');
    const { service } = await import(new URL('apps/grpc-service.mjs', import.meta.url).href);
    const Client = grpc.makeGenericClientConstructor(service, 'Test');
    const options = { 'grpc.use_local_subchannel_pool': 1, 'grpc.enable_retries': 0 };
    const credentials = grpc.credentials.createInsecure();
    const crowd = new GrpcCrowd(port, () => new Client(`127.0.0.1:${port}`, credentials, options));
    const [talker, slow, reader] = await Promise.all([crowd.#ready(), crowd.#ready(), crowd.#ready()]);
    const resume = await crowd.#readSlowly(reader);
    const answered = crowd.#ask('the call in flight', slow, 'slow');
    await crowd.#ask('a call', talker, 'quick');
    await crowd.#ask('a call', talker, 'quick');
    void answered.then(resume);
    return crowd;
  }

  async queueUp(acceptor: Child, signal: NodeJS.Signals): Promise<void> {
    acceptor.signal('SIGSTOP');
    await stopped(acceptor.pid);
    for (let index = 0; index < QUEUED; index++) {
      void this.#ask('a call in the accept queue', this.#connect(), 'quick');
    }
    while (queued(this.port) < QUEUED) await delay(2);
    acceptor.signal(signal);
    acceptor.signal('SIGCONT');
  }

  async outcome(): Promise<Outcome> {
    await Promise.all(this.#answers);
    return this.#outcome;
  }

  #ready(): Promise<Client> {
    const client = this.#connect();
    return new Promise((resolve, reject) => {
      client.waitForReady(Date.now() + 10_000, (error) => (error ? reject(error) : resolve(client)));
    });
  }

  #ask(who: string, client: Client, method: 'quick' | 'slow'): Promise<void> {
    const answer = new Promise<void>((resolve) => {
      client[method]('please', (error) => {
        if (error) this.#outcome.lost.push(`${who}: ${error.message}`);
        else this.#outcome.answered++;
        resolve();
      });
    });
    this.#answers.push(answer);
    return answer;
  }

  /** Resolves when its answer has begun, with what makes it read on. */
  #readSlowly(client: Client): Promise<() => void> {
    return new Promise((begun) => {
      const answer = new Promise<void>((resolve) => {
        let bytes = 0;
        const call = client.big('please');
        call.on('data', (piece: string) => {
          if (bytes === 0) {
            call.pause();
            begun(() => call.resume());
          }
          bytes += piece.length;
        });
        call.on('error', (error: Error) => {
          this.#outcome.lost.push(`the answer to a slow reader: ${error.message}, after ${bytes} bytes`);
          resolve();
        });
        call.on('end', () => {
          if (bytes === BIG) this.#outcome.answered++;
          else this.#outcome.lost.push(`the answer to a slow reader: ${bytes} bytes came`);
          resolve();
        });
      });
      this.#answers.push(answer);
    });
  }
}
