import { EventEmitter, once } from 'node:events';
import http from 'node:http';

export type Tally = { answered: number; keptAlive: number; retried: number; refused: number; lost: string[] };

type Load = { port: number; keepAlive: number; fresh: number; thinkMs?: number };

/**
 * Puts keep-alive and fresh-connection clients on a port until it is stopped. A request that failed on a reused
 * connection before a byte of its answer came is sent once more, as HTTP clients do. A refused connection is tried
 * again: nothing was taken, so nothing is lost. Any other failure is a loss.
 */
export class LoadGenerator {
  readonly tally: Tally = { answered: 0, keptAlive: 0, retried: 0, refused: 0, lost: [] };
  readonly #load: Load;
  readonly #clients: Promise<void>[] = [];
  readonly #answers = new EventEmitter();
  #stopped = false;

  constructor(load: Load) {
    this.#load = load;
    const agents = Array.from(
      { length: load.keepAlive },
      () => new http.Agent({ keepAlive: true, maxSockets: 1 }),
    );
    for (const agent of agents) this.#clients.push(this.#client(agent).finally(() => agent.destroy()));
    for (let index = 0; index < load.fresh; index++) this.#clients.push(this.#client(false));
  }

  nextAnswer(): Promise<unknown> {
    return once(this.#answers, 'answer');
  }

  async stop(): Promise<Tally> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    return this.tally;
  }

  async #client(agent: http.Agent | false): Promise<void> {
    while (!this.#stopped) {
      await this.#request(agent, true);
      await new Promise((resolve) => setTimeout(resolve, this.#load.thinkMs ?? 2));
    }
  }

  #request(agent: http.Agent | false, mayRetry: boolean): Promise<void> {
    return new Promise((resolve) => {
      let seen = 'nothing';
      const request = http.get({ host: '127.0.0.1', port: this.#load.port, agent, timeout: 10_000 });
      const failed = (error: NodeJS.ErrnoException) => {
        const kind = request.reusedSocket ? 'reused' : 'fresh';
        if (mayRetry && request.reusedSocket && seen === 'nothing' && error.code === 'ECONNRESET') {
          this.tally.retried++;
          void this.#request(agent, false).then(resolve);
          return;
        }
        if (error.code === 'ECONNREFUSED' && !this.#stopped) {
          this.tally.refused++;
          setTimeout(() => void this.#request(agent, mayRetry).then(resolve), 20);
          return;
        }
        this.tally.lost.push(
          `${kind} connection, ${seen} of the answer seen: ${error.code} ${error.message}`,
        );
        resolve();
      };
      request.once('timeout', () => request.destroy(new Error('no answer in 10 s')));
      request.once('error', failed);
      request.once('response', (response) => {
        seen = 'the head';
        response.resume().once('error', failed);
        response.once('end', () => {
          this.tally.answered++;
          this.#answers.emit('answer');
          if (request.reusedSocket) this.tally.keptAlive++;
          resolve();
        });
      });
    });
  }
}
