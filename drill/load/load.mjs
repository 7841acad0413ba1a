import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, Lost } from './connection.mjs';

/**
 * @typedef {object} LoadOptions
 * @property {number[]} ports where to send; a client with several takes them in turn, as a balancer does
 * @property {number} clients
 * @property {number} thinkMs a client pauses for up to twice this between two requests
 * @property {number} timeoutMs
 */

/** @typedef {{ id: string, reason: string, reused: boolean, waitedMs: number, at: number }} Loss */

/** After how many answers a client opens a new connection, as clients with a bounded pool do. */
const connectionLife = () => 20 + Math.floor(Math.random() * 40);

/**
 * Keep-alive POST requests from many clients at once, each with an id of its own, each sent exactly once.
 *
 * A connection that cannot be opened loses nothing (the client goes to the next port); from the first byte
 * sent on, anything but a whole 200 answer with the same id is a loss.
 */
export class Load extends EventEmitter {
  #options;
  #stopping = false;
  /** @type {Promise<void>[]} */
  #clients = [];
  /** @type {Map<string, number>} */
  #answersByInstance = new Map();
  #startedAt = 0;
  #stoppedAt = 0;
  sent = 0;
  answered = 0;
  refused = 0;
  slowestMs = 0;
  /** @type {Loss[]} */
  losses = [];

  /** @param {LoadOptions} options */
  constructor(options) {
    super();
    this.#options = options;
  }

  start() {
    this.#startedAt = performance.now();
    this.#clients = Array.from({ length: this.#options.clients }, (_, index) => this.#client(index));
  }

  /** Lets every client have its last answer. */
  async stop() {
    this.#stopping = true;
    await Promise.all(this.#clients);
    this.#stoppedAt = performance.now();
  }

  get requestsPerSecond() {
    return Math.round((this.sent * 1000) / (this.#stoppedAt - this.#startedAt));
  }

  /**
   * Resolves once this instance of a backend has answered so many requests: it takes traffic again.
   * @param {string} instance @param {number} count @param {number} withinMs
   */
  async untilServedBy(instance, count, withinMs) {
    const signal = AbortSignal.timeout(withinMs);
    while ((this.#answersByInstance.get(instance) ?? 0) < count) {
      try {
        await once(this, 'answer', { signal });
      } catch {
        throw new Error(`${instance} was not given ${count} requests within ${withinMs} ms`);
      }
    }
  }

  /** @param {number} index */
  async #client(index) {
    const { ports, thinkMs } = this.#options;
    /** @type {(Connection | undefined)[]} */
    const connections = ports.map(() => undefined);
    for (let turn = index; !this.#stopping; turn += 1) {
      await sleep(Math.random() * 2 * thinkMs);
      const place = await this.#connect(connections, turn % ports.length);
      const connection = place === undefined ? undefined : connections[place];
      if (connection !== undefined) await this.#request(connection);
    }
    for (const connection of connections) connection?.close();
  }

  /**
   * The place of a usable connection: the wanted one, else the next that can be opened.
   * @param {(Connection | undefined)[]} connections @param {number} wanted
   */
  async #connect(connections, wanted) {
    for (let step = 0; step < connections.length; step += 1) {
      const place = (wanted + step) % connections.length;
      const known = connections[place];
      if (known?.usable) return place;
      known?.close();
      try {
        const port = /** @type {number} */ (this.#options.ports[place]);
        connections[place] = await Connection.open(port, connectionLife());
        return place;
      } catch {
        this.refused += 1;
      }
    }
    return undefined;
  }

  /** @param {Connection} connection */
  async #request(connection) {
    const id = `r${this.sent++}`;
    const reused = connection.answers > 0;
    const sentAt = performance.now();
    try {
      const answer = await connection.send(requestBytes(id), this.#options.timeoutMs);
      this.#answered(id, answer);
      this.slowestMs = Math.max(this.slowestMs, performance.now() - sentAt);
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      const at = performance.now();
      this.losses.push({ id, reason: error.message, reused, waitedMs: Math.round(at - sentAt), at });
    }
  }

  /** @param {string} id @param {import('./connection.mjs').Answer} answer */
  #answered(id, answer) {
    if (answer.status !== 200) throw new Lost(`status ${answer.status}`);
    const body = JSON.parse(answer.body);
    if (body.id !== id) throw new Lost(`the answer of ${body.id}`);
    this.answered += 1;
    this.#answersByInstance.set(body.instance, (this.#answersByInstance.get(body.instance) ?? 0) + 1);
    this.emit('answer');
  }
}

const padding = 'x'.repeat(200);

/** @param {string} id */
function requestBytes(id) {
  const body = JSON.stringify({ id, padding });
  return `POST /work HTTP/1.1\r\nHost: drill\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
