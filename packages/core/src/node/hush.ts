import { turn } from './turn.js';

/**
 * A stream that has lost its reader (EPIPE) fails, and an error that nobody hears ends the process: not for what we write
 * to it. Returns a function that takes the listener off, once what is under way has failed or not.
 */
export function hush(stream: NodeJS.WritableStream): () => void {
  const ignore = () => {};
  stream.on('error', ignore);
  return () => void turn().then(() => stream.off('error', ignore));
}

/** Writes what is lost where it cannot be written. */
export function writeHushed(stream: NodeJS.WritableStream, text: string): void {
  const unhush = hush(stream);
  stream.write(text, unhush);
}
