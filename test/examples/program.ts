import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const preload = new URL('any-port.mjs', import.meta.url).href;
const running = new Set<Program>();

/** What any-port.mjs tells. */
interface Message {
  listening?: number;
  awaitsSignal?: boolean;
  request?: string;
}

/** A program run as it stands, on free ports. */
export class Program {
  stdout = '';
  stderr = '';
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #child: ChildProcess;
  readonly #events = new EventEmitter();
  readonly #ports: number[] = [];
  #awaitsSignal = false;

  /** @param path - under the root of the repository */
  constructor(path: string, env: NodeJS.ProcessEnv = {}) {
    const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
    this.#child = fork(file, [], {
      silent: true,
      execArgv: ['--import', preload],
      env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production', ...env },
    });
    running.add(this);
    this.#child.stdout!.setEncoding('utf8').on('data', (data) => {
      this.stdout += data;
    });
    this.#child.stderr!.setEncoding('utf8').on('data', (data) => {
      this.stderr += data;
    });
    this.#child.on('message', (message: Message) => {
      if (message.listening !== undefined) this.#ports.push(message.listening);
      this.#awaitsSignal ||= message.awaitsSignal ?? false;
      this.#events.emit('message');
      if (message.request !== undefined) this.#events.emit('request', message.request);
    });
    this.exited = once(this.#child, 'close').then(([code, signal]) => {
      running.delete(this);
      this.#events.emit('message');
      return { code, signal };
    });
  }

  /** The port of the server that listens first (or second, with 1), once the program awaits its signal too. */
  async port(index = 0): Promise<number> {
    while (this.#ports[index] === undefined || !this.#awaitsSignal) {
      if (!running.has(this)) throw new Error(`It ended before it listened.\n${this.stderr}`);
      await once(this.#events, 'message');
    }
    return this.#ports[index];
  }

  /** Resolves once the program has read the head of a request for `url`. */
  async sawRequest(url: string): Promise<void> {
    for (;;) {
      const [seen] = await once(this.#events, 'request');
      if (seen === url) return;
    }
  }

  signal(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.#child.kill(signal);
  }

  /** A GET over a keep-alive connection; resolves once the answer has come whole, rejects if it is cut. */
  async get(
    path: string,
    server = 0,
  ): Promise<{ status: number | undefined; headers: http.IncomingHttpHeaders; body: string }> {
    const agent = new http.Agent({ keepAlive: true });
    const request = http.get({ port: await this.port(server), path, agent });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    return { status: response.statusCode, headers: response.headers, body: await text(response) };
  }
}

/** For `afterEach`: a failed test leaves no program behind. */
export async function endLeftovers(): Promise<void> {
  await Promise.all(
    [...running].map((program) => {
      program.signal('SIGKILL');
      return program.exited;
    }),
  );
}

/** Sends SIGTERM while a request for `path` is in flight; the answer, and how the program ended. */
export async function terminateDuringRequest(program: Program, path = '/') {
  await program.port();
  const seen = program.sawRequest(path);
  const answering = program.get(path);
  await seen;
  program.signal();
  const answer = await answering;
  return { answer, exit: await program.exited };
}
