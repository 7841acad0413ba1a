/**
 * Keep-alive load on one server, from clients that are sent elsewhere once its readiness probe fails, as a load
 * balancer does it. Every request that is sent is counted once, and never sent again:
 * - answered: the whole answer came, and it is the right one;
 * - refused: there was no connection, so that it was never sent, and whoever sends it elsewhere repeats nothing;
 * - lost: anything else.
 */
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, request } from 'undici';
import { STREAM_BYTES } from './work.mjs';

const CHUNK = Buffer.alloc(8_192);
const CHUNKS = 30;
const BETWEEN_CHUNKS_MS = 75;
const PROBE_EVERY_MS = 250;

const isJson = (expected) => async (body) => (await body.text()) === JSON.stringify(expected);

/** What is sent, by how many clients at a time, and whether what came back is right. */
const KINDS = [
  { clients: 24, path: '/', isRight: isJson({ hello: 'world' }) },
  { clients: 4, path: '/slow', isRight: isJson({ slow: true }) },
  {
    clients: 2,
    path: '/stream',
    isRight: async (body) => (await body.arrayBuffer()).byteLength === STREAM_BYTES,
  },
  {
    clients: 2,
    path: '/upload',
    method: 'POST',
    body: upload,
    isRight: isJson({ bytes: CHUNK.length * CHUNKS }),
  },
];

async function* upload() {
  for (let i = 0; i < CHUNKS; i++) {
    await sleep(BETWEEN_CHUNKS_MS);
    yield CHUNK;
  }
}

/** Begins at once; each client ends after the request that it is at when the server is no longer ready. */
export class Load {
  counts = { sent: 0, answered: 0, refused: 0, lost: 0 };
  /** What went wrong with those that were lost. */
  losses = [];
  #stopped = false;
  #pool;

  constructor(port) {
    const connections = KINDS.reduce((sum, { clients }) => sum + clients, 0);
    this.#pool = new Pool(`http://127.0.0.1:${port}`, { connections, pipelining: 1 });
    const clients = KINDS.flatMap((kind) => Array.from({ length: kind.clients }, () => this.#client(kind)));
    this.done = Promise.all(clients).then(() => this.#pool.close());
    void this.#probe(`http://127.0.0.1:${port}/readyz`);
  }

  stop() {
    this.#stopped = true;
  }

  async #probe(url) {
    while (!this.#stopped) {
      const ready = await request(url).catch(() => ({ statusCode: 503 }));
      await ready.body?.dump();
      if (ready.statusCode !== 200) this.stop();
      await sleep(PROBE_EVERY_MS);
    }
  }

  async #client(kind) {
    while (!this.#stopped && (await this.#request(kind)));
  }

  /** False once there is nobody to ask. */
  async #request({ path, method = 'GET', body, isRight }) {
    try {
      const headers = body ? { 'content-type': 'application/octet-stream' } : {};
      const sentBody = body ? Readable.from(body()) : null;
      const answer = await this.#pool.request({ path, method, headers, body: sentBody });
      this.counts.sent++;
      const right = await isRight(answer.body);
      if (right && answer.statusCode === 200) this.counts.answered++;
      else this.#lose(`${method} ${path}: status ${answer.statusCode}, ${right ? 'whole' : 'another body'}`);
      return true;
    } catch (error) {
      // connect(2) failed: nothing has been sent.
      if (error.syscall === 'connect') {
        this.counts.refused++;
        return false;
      }
      this.counts.sent++;
      const connection = error.socket?.bytesRead === 0 ? ', on a new connection' : '';
      this.#lose(`${method} ${path}: ${error.code ?? ''} ${error.message}${connection}`);
      return true;
    }
  }

  #lose(reason) {
    this.counts.lost++;
    this.losses.push(reason);
  }
}
