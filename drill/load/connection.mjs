import net from 'node:net';

/** A request that was sent and not answered whole. It may have been executed: a client must not send it again. */
export class Lost extends Error {
  /** @param {string} reason @param {unknown} [cause] */
  constructor(reason, cause) {
    super(reason, { cause });
    this.name = 'Lost';
  }
}

/** @typedef {{ status: number, body: string, keepAlive: boolean }} Answer */

/**
 * One keep-alive HTTP/1.1 connection of a client that never retries.
 *
 * Written on a bare socket, because a client library decides by itself when a failed request goes out again,
 * and then nobody knows what the server really lost.
 */
export class Connection {
  #socket;
  /** @type {Buffer} */
  #received = Buffer.alloc(0);
  /** @type {{ resolve: (answer: Answer) => void, reject: (lost: Lost) => void } | undefined} */
  #waiting;
  #usable = true;
  #maxAnswers;
  /** Answers received on this connection so far. */
  answers = 0;

  /** @param {net.Socket} socket @param {number} maxAnswers after which it is closed from this side */
  constructor(socket, maxAnswers) {
    this.#socket = socket;
    this.#maxAnswers = maxAnswers;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('end', () => this.#fail('closed by the server'));
    socket.on('error', (error) => this.#fail(describe(error), error));
    socket.on('close', () => this.#fail('closed by the server'));
  }

  /**
   * Rejects when nothing accepted the connection: nothing was sent then, so nothing is lost.
   * @param {number} port
   * @param {number} maxAnswers
   * @returns {Promise<Connection>}
   */
  static open(port, maxAnswers) {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: '127.0.0.1' });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Connection(socket, maxAnswers));
      });
    });
  }

  /** False as soon as the server is known to have closed it. */
  get usable() {
    return this.#usable;
  }

  /**
   * @param {string} bytes a whole request
   * @param {number} timeoutMs
   * @returns {Promise<Answer>}
   */
  send(bytes, timeoutMs) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail('no answer in time'), timeoutMs);
      this.#waiting = {
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        reject: (lost) => {
          clearTimeout(timer);
          reject(lost);
        },
      };
      this.#socket.write(bytes);
    });
  }

  close() {
    this.#usable = false;
    this.#socket.destroy();
  }

  /** @param {Buffer} chunk */
  #onData(chunk) {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const answer = parse(this.#received);
    if (answer === undefined) return;
    this.#received = Buffer.alloc(0);
    this.answers += 1;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (!answer.keepAlive || this.answers >= this.#maxAnswers) this.close();
    waiting?.resolve(answer);
  }

  /** @param {string} reason @param {unknown} [cause] */
  #fail(reason, cause) {
    this.#usable = false;
    this.#socket.destroy();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(new Lost(this.#received.length > 0 ? `answer cut short: ${reason}` : reason, cause));
  }
}

/** @param {unknown} error */
function describe(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/**
 * The answer once it is here whole. Every answer of the drill's backends and proxies has a Content-Length.
 * @param {Buffer} received
 * @returns {Answer | undefined}
 */
function parse(received) {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = received.toString('latin1', 0, headEnd).toLowerCase();
  const bodyStart = headEnd + 4;
  const length = Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1] ?? 0);
  if (received.length < bodyStart + length) return undefined;
  return {
    status: Number(head.slice(9, 12)),
    body: received.toString('utf8', bodyStart, bodyStart + length),
    keepAlive: !/\r\nconnection: *close/.test(head),
  };
}
