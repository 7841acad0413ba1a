/** Keep-alive clients that send the same request one after the other, over memory or over loopback. */
import net from 'node:net';
import { Duplex } from 'node:stream';

const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** Sends `count` requests over one in-memory connection, and closes it. */
export function throughMemory(server, count) {
  return new Promise((resolve) => {
    const socket = new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        answers.take(chunk);
        done();
      },
      writev(chunks, done) {
        for (const { chunk } of chunks) answers.take(chunk);
        done();
      },
    });
    socket.once('close', resolve);
    const send = () => socket.push(REQUEST);
    const answers = new Answers(
      count,
      () => setImmediate(send),
      () => socket.destroy(),
    );
    server.emit('connection', socket);
    send();
  });
}

/** Sends `count` requests over each of `clients` loopback connections. */
export async function throughLoopback(port, count, clients) {
  const one = () =>
    new Promise((resolve, reject) => {
      const socket = net.connect(port, '127.0.0.1', () => socket.write(REQUEST));
      const answers = new Answers(
        count,
        () => socket.write(REQUEST),
        () => socket.destroy(),
      );
      socket.on('data', (chunk) => answers.take(chunk));
      socket.once('close', resolve);
      socket.once('error', reject);
    });
  await Promise.all(Array.from({ length: clients }, one));
}

/** Counts answers by their length, which the first one tells: all are alike. */
class Answers {
  #length = 0;
  #received = 0;
  #text = '';

  constructor(left, next, done) {
    this.left = left;
    this.next = next;
    this.done = done;
  }

  take(chunk) {
    if (this.#length === 0) this.#measure(chunk);
    this.#received += chunk.length;
    if (this.#received !== this.#length) return;
    this.#received = 0;
    if (--this.left > 0) this.next();
    else this.done();
  }

  #measure(chunk) {
    this.#text += chunk.toString('latin1');
    const head = this.#text.indexOf('\r\n\r\n');
    const length = /content-length: (\d+)/i.exec(this.#text);
    if (head >= 0 && length) this.#length = head + 4 + Number(length[1]);
  }
}
