import type { ServerHttp2Stream } from 'node:http2';
import { nextTick } from '../node/timers.js';
import type { Exchange } from './exchange.js';
import { refuseStream } from './refusal.js';

/** Error codes of RFC 9113 section 7: Node's constants would have every process load its HTTP/2. */
const NO_ERROR = 0;
const CANCEL = 8;

/** Of the states that nghttp2 has for a stream. */
const IDLE = 1;

/** Pushed (RFC 9113 section 8.4): what a server begins has an even id. */
export const isPromised = ({ id = 1, headersSent, destroyed }: ServerHttp2Stream): boolean =>
  id % 2 === 0 && !headersSent && !destroyed;

/** Closed by its client, before the answer went out whole. */
export const isGivenUp = (stream: ServerHttp2Stream): boolean =>
  stream.closed && !stream.destroyed && !stream.writableFinished;

/**
 * The end of an answer has not gone out: a client may read slowly, and a file or trailers come when the handler has ended
 * (Node documentation, http2stream.state). Of a stream whose both sides have ended it says that it is idle.
 */
export const isUnsent = ({ state }: ServerHttp2Stream): boolean =>
  state.localClose === 0 && state.state !== IDLE;

/** Answered in full, while its handler has not read all that came. */
export const isUnread = (stream: ServerHttp2Stream): boolean =>
  !stream.destroyed && !stream.readableEnded && !isUnsent(stream);

/** Neither given up nor gone. */
export const isOpen = (stream: ServerHttp2Stream): boolean => !stream.destroyed && !stream.closed;

/** Of one whose answer has not begun the client hears 503; what has begun is given up. */
export function cutStreamShort(exchange: Exchange, stream: ServerHttp2Stream): void {
  if (stream.headersSent) {
    stream.close(CANCEL);
    return;
  }
  refuseStream(stream);
  exchange.cutShort = true;
  // Once the answer is out its client need not send the rest of a body (RFC 9113 section 8.1).
  stream.once('finish', () => stream.close(NO_ERROR));
  makeMute(stream);
}

/** Its handler may go on writing: nothing comes of it, nothing throws, and callbacks hear what is the matter. */
function makeMute(stream: ServerHttp2Stream): void {
  const mute = (...args: unknown[]) => {
    const callback = args.at(-1);
    if (typeof callback === 'function') nextTick(() => callback(new Error('This stream was answered 503')));
    return true;
  };
  const says = (value: unknown) => ({ value, configurable: true });
  const muted = ['respond', 'respondWithFile', 'respondWithFD', 'additionalHeaders', 'pushStream', 'write'];
  Object.defineProperties(stream, {
    ...Object.fromEntries(muted.map((method) => [method, says(mute)])),
    headersSent: says(false),
    end: says((...args: unknown[]) => {
      mute(...args);
      return stream;
    }),
  });
}
