/**
 * A raw server that stops without losing anything, but for one sin, which its first argument names. Written on `net`,
 * so that every byte and every close is its own.
 *
 * It stops as it should: at the signal readiness says 503 and every answer Connection: close; for a while it goes on
 * accepting; then the listening socket closes, idle connections with it; the rest ends with its last answer.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import net, { createServer } from 'node:net';
import { H2Connection, speaksH2 } from './h2.mjs';

const sin = process.argv[2] ?? 'none';
const is = (...names) => names.includes(sin);

const LAME_DUCKS = {
  'readiness-stays': 300,
  'liveness-fails': 300,
  'lame-duck': 800,
  'closing-queue-reset': 800,
  'closes-in-use': 400,
};
const LAME_DUCK_MS = LAME_DUCKS[sin] ?? 120;
const SLOW_MS = sin === 'in-flight-at-last' ? 3_000 : 700;
const FLUSH_MS = 25;
/** A connection that has said nothing is given so long for its first request. */
const FRESH_MS = 200;
/** So many turns of the loop without anything new: what has arrived has been taken. */
const QUIET_TURNS = 30;
const ANSWER_MS = 30;
/** Of the sin `closes-in-use`: no answer says so before. */
const TELLS_LATE_MS = 200;
/** Of the same: a client under load asks again 10 to 30 ms after an answer; some are closed before, and some then. */
const OF_EACH = 4;
const BIG = Buffer.alloc(24_000_000, 'x');

const PATHS = ['/', '/events', '/slow', '/big', '/readyz', '/livez'];

const connections = new Set();
let stopping = false;
let stoppedAt = 0;
let closed = false;
/** Of the loop, since something came. */
let quietTurns = 0;

class Connection {
  received = Buffer.alloc(0);
  /** A request is being received, or answered. */
  busy = false;
  /** So is one that takes its time. */
  slow = false;
  asked = false;
  late = false;

  constructor(socket) {
    this.socket = socket;
    this.late = stopping;
    this.since = performance.now();
    quietTurns = 0;
    connections.add(this);
    socket.on('data', (data) => this.data(data));
    socket.on('end', () => this.end());
    socket.on('error', () => {});
    socket.on('close', () => {
      connections.delete(this);
      if (closed) finish();
    });
    if (is('late-dropped') && this.late) socket.destroy();
    if (is('unread-reset')) socket.pause();
  }

  get idle() {
    return !this.busy && this.received.length === 0;
  }

  data(data) {
    quietTurns = 0;
    if (
      this.h2 === undefined &&
      !this.asked &&
      this.received.length === 0 &&
      data.length > 2 &&
      speaksH2(data)
    ) {
      this.h2 = new H2Connection(this.socket, sin);
      if (closed) this.h2.leave();
    }
    if (this.h2 !== undefined) return this.h2.data(data);
    this.received = this.received.length === 0 ? data : Buffer.concat([this.received, data]);
    if (this.streams) return;
    if (this.discards) {
      this.received = Buffer.alloc(0);
      return;
    }
    this.next();
  }

  /** Takes the next request, when it has come whole. */
  next() {
    if (this.busy) return;
    if (is('late-kept-dropped') && stopping && this.asked) return void this.socket.destroy();
    const end = this.received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.received.toString('latin1', 0, end);
    const [, path] = head.split(' ');
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    // An upload as long as this is answered at once, and read to its end, all the same.
    const early = length > 1_000_000;
    if (!early && this.received.length < end + 4 + length) {
      if (/\r\nexpect: 100-continue/i.test(head) && !this.continued) {
        this.continued = true;
        this.socket.write('HTTP/1.1 100 Continue\r\n\r\n');
      }
      return;
    }
    this.continued = false;
    this.busy = true;
    this.received = this.received.subarray(end + 4 + (early ? 0 : length));
    if (early) this.missing = length;
    this.asked = true;
    const key = /\r\nsec-websocket-key: *(\S+)/i.exec(head)?.[1];
    const wants = /\r\nconnection: *close/i.test(head);
    if (path === '/readyz' || path === '/livez') this.answer(path, wants);
    else if (early) this.early(length);
    else {
      this.slow = path === '/slow';
      const work = setTimeout(() => this.answer(path, wants, key), path === '/slow' ? SLOW_MS : ANSWER_MS);
      // A connection that is open keeps the process, and one that is cut does not.
      if (is('in-flight-at-last')) work.unref();
    }
  }

  /** An answer without an end, until it is to stop. */
  stream(line) {
    this.streams = true;
    this.socket.write(`HTTP/1.1 200 OK\r\n${line}\r\nConnection: close\r\n\r\ndata: 1\n\n`);
    if (stopping) this.endStream();
  }

  upgrade(key) {
    this.streams = true;
    this.webSocket = true;
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    this.socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
  }

  endStream(atLast = false) {
    if (is('keeps-streams') && !atLast) return;
    if (this.webSocket && !is('no-close-frame')) this.socket.write(Buffer.from([0x88, 2, 0x03, 0xe9]));
    this.socket.end();
  }

  /** Answers an upload before it has come, and discards what comes: else the close would reset the answer. */
  early(length) {
    let missing = length - this.received.length;
    this.received = Buffer.alloc(0);
    this.discards = true;
    const done = () => {
      this.discards = false;
      this.answer('/', stopping);
    };
    const count = (data) => {
      missing -= data.length;
      if (missing > 0) return;
      this.socket.off('data', count);
      done();
    };
    this.socket.on('data', count);
  }

  answer(path, wants, key) {
    if (this.socket.destroyed) return;
    if (path === '/events') return this.stream('Content-Type: text/event-stream');
    if (path === '/ws') return this.upgrade(key);
    const tells = !is('closes-in-use') || performance.now() - stoppedAt > TELLS_LATE_MS;
    const close = wants || (stopping && tells);
    let status = PATHS.includes(path) ? 200 : 404;
    let body = Buffer.from('hello\n');
    if (path === '/big') body = BIG;
    if (path === '/readyz' && is('no-readiness')) status = 404;
    if (path === '/readyz' && stopping && !is('readiness-stays')) status = 503;
    if (path === '/livez' && stopping && is('liveness-fails')) status = 500;
    if (is('late-503') && this.late && path !== '/livez') status = 503;
    const says = close && !is('no-close-header') ? 'Connection: close\r\n' : '';
    const chunked = path === '/big' && is('big-chunked', 'chunks-cut');
    const framing = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
    const head = `HTTP/1.1 ${status} OK\r\n${framing}\r\n${says}\r\n`;
    this.flushing = true;
    this.socket.write(Buffer.concat([Buffer.from(head), chunked ? chunk(body) : body]), () => {
      this.flushing = false;
      this.busy = false;
      this.answeredAt = performance.now();
      const told = says !== '';
      if (stopping && !tells) this.next();
      else if (told || (stopping && this.received.length === 0)) this.close();
      else this.next();
    });
  }

  close() {
    if (is('keeps-idle', 'keeps-idle-for-ever') && this.asked) return;
    this.socket.end();
    // A client that does not answer the close is not waited for.
    setTimeout(() => this.socket.destroy(), 500).unref();
  }

  end() {
    if (this.h2 !== undefined) return this.socket.end();
    if (!this.busy) this.socket.end();
  }
}

function chunk(body) {
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]);
}

/**
 * Of the sin `keeps-listening`: the parent holds the listening socket, bound and never accepted from, for its child.
 * When the child has closed it, it listens still, and nobody accepts.
 */
function holdForChild() {
  const { fd } = net._createServerHandle('127.0.0.1', 0, 4);
  const child = spawn(process.execPath, [process.argv[1], sin, 'child'], { stdio: [0, 1, 2, fd] });
  process.on('SIGTERM', () => child.kill());
  child.once('exit', (code) => process.exit(code ?? 1));
}

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => new Connection(socket));
const isHolder = is('keeps-listening') && process.argv[3] !== 'child';
if (isHolder) holdForChild();
else if (is('keeps-listening')) server.listen({ fd: 3, backlog: 511 });
else server.listen({ port: 0, host: '127.0.0.1', backlog: 511 });

// A server that looks after its sockets by turns; between two of them what comes lies unread.
if (is('unread-reset')) {
  const all = (what) => {
    for (const { socket } of connections) socket[what]();
  };
  const look = () => {
    all('resume');
    setImmediate(() => setImmediate(() => all('pause')));
  };
  setInterval(() => setImmediate(look), 10).unref();
}

let signals = 0;

function stop() {
  signals++;
  if (signals > 1) return is('second-signal') ? process.exit(0) : undefined;
  if (is('exit-0')) process.exit(0);
  if (is('exit-1')) process.exit(1);
  if (is('ignores')) return;
  if (is('exit-late')) setTimeout(() => process.exit(0), 250);
  stopping = true;
  stoppedAt = performance.now();
  atOnce();
  if (is('hangs')) return;
  if (is('queue-reset')) server.close();
  if (is('closes-in-use')) {
    const again = setInterval(closeInUse, 10);
    setTimeout(() => clearInterval(again), TELLS_LATE_MS);
  }
  setTimeout(() => {
    if (is('closing-queue-reset')) server.close();
    quiet(closeListener);
  }, LAME_DUCK_MS);
}

/** When what has arrived has been taken. */
function quiet(then) {
  quietTurns = 0;
  const turn = () => (++quietTurns > QUIET_TURNS ? then() : setImmediate(turn));
  turn();
}

/** Sins that are done at the signal. */
function atOnce() {
  for (const connection of connections) {
    const { socket, busy, received, flushing, discards } = connection;
    if (connection.h2 !== undefined) continue;
    if (connection.streams) {
      connection.endStream();
      continue;
    }
    if (is('unread-reset') && connection.idle && connection.asked) socket.resetAndDestroy();
    if (is('upload-reset') && discards) {
      socket.pause();
      setTimeout(() => socket.destroy(), 5);
    }
    if (is('in-flight-reset') && busy && !flushing && !discards) socket.resetAndDestroy();
    if (is('in-flight-cut') && busy && !flushing && !discards) socket.destroy();
    if (is('answer-cut', 'chunks-cut') && flushing) socket.destroy();
    if (is('answer-reset') && flushing) socket.resetAndDestroy();
    if (is('half-fin') && !busy && received.length > 0) socket.end();
    if (is('half-reset') && !busy && received.length > 0) socket.resetAndDestroy();
  }
}

/**
 * Where nothing but slow requests is left, they are cut, and as nothing is left to do the process ends: a moment later,
 * since the kernel may deliver what a process sends right before its end when it is over.
 */
function cutTheLast() {
  const left = [...connections];
  if (!left.every(({ slow }) => slow)) return;
  for (const { socket } of left) socket.destroy();
  if (left.length > 0) setTimeout(() => {}, FLUSH_MS);
}

/** Kept connections are closed whatever comes, a few at a time, and what came in the last moment is not looked at. */
function closeInUse() {
  const now = performance.now();
  const idle = [...connections].filter((one) => one.idle && one.h2 === undefined && !one.streams);
  const answered = (from, to) =>
    idle.filter(({ answeredAt }) => now - answeredAt > from && now - answeredAt < to).slice(0, OF_EACH);
  const next = [...answered(0, 5), ...answered(15, 30)];
  while (performance.now() < now + 2.5);
  for (const { socket } of next) socket.destroy();
}

function closeListener() {
  closed = true;
  if (!is('queue-reset', 'closing-queue-reset')) server.close();
  for (const connection of connections) {
    if (connection.streams) continue;
    if (connection.h2 !== undefined) {
      connection.h2.leave();
      continue;
    }
    if (is('keeps-idle', 'keeps-idle-for-ever') && connection.asked) continue;
    if (is('keeps-silent') && !connection.asked) continue;
    const age = performance.now() - connection.since;
    if (connection.idle && (connection.asked || age > FRESH_MS)) connection.close();
    else if (connection.idle) setTimeout(() => connection.idle && connection.close(), FRESH_MS - age).unref();
  }
  if (is('keeps-idle', 'keeps-silent', 'keeps-streams')) setTimeout(endAll, 3_000).unref();
  finish();
}

function endAll() {
  for (const connection of connections) {
    if (connection.streams) connection.endStream(true);
    else connection.socket.end();
  }
}

function finish() {
  if (is('in-flight-at-last')) cutTheLast();
  if (connections.size > 0) return;
  if (is('lives-on')) setTimeout(() => {}, 3_000);
  if (is('lives-on-for-ever')) setInterval(() => {}, 1_000);
  if (is('exit-code')) process.exitCode = 3;
}

if (!is('no-handler') && !isHolder) process.on('SIGTERM', stop);
