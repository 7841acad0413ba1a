import { Writable } from 'node:stream';
import { showProgress } from '@http-drain/core/terminal';
import { expect, test } from 'vitest';
import { serveBusily } from './support.js';

/** A stream that keeps what is written, and resolves once something matching has been. */
class Screen extends Writable {
  text = '';
  columns = 100;
  rows = 24;
  #waiting: { pattern: RegExp; resolve: () => void } | undefined;

  constructor(readonly isTTY: boolean) {
    super({ decodeStrings: false });
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk;
    if (this.#waiting?.pattern.test(this.text)) this.#waiting.resolve();
    done();
  }

  shows(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = { pattern, resolve };
      if (pattern.test(this.text)) resolve();
    });
  }

  get stream(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream;
  }
}

test('writes lines where there is no terminal: what is waited for, then what came of it', async () => {
  const screen = new Screen(false);
  const { drain, finish, answer } = await serveBusily();
  showProgress({ drain, stream: screen.stream });
  drain.afterDrain('db', () => {});
  expect(screen.text).toBe('');
  const report = drain.shutdown();
  await screen.shows(/\n/);
  expect(screen.text).toMatch(
    /^http-drain: draining, 4\.\d s left: 1 request \(oldest GET \/report, \d\.\d s\), 1 connection \(1 active\), 1 hook to run \(db\)\n$/,
  );
  finish();
  await answer;
  await report;
  expect(screen.text).toMatch(/\nhttp-drain: drained in \d\.\d s: 1 request completed\n$/);
});

test('what it writes to a stream that nobody reads any more is lost, and nothing besides', async () => {
  const { drain, finish, answer } = await serveBusily();
  const broken = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  });
  const closed = new Promise((resolve) => broken.once('close', resolve));
  showProgress({ drain, stream: broken as unknown as NodeJS.WriteStream });
  const report = drain.shutdown();
  await closed;
  finish();
  await answer;
  expect(await report).toMatchObject({ outcome: 'drained', clean: true });
  await expect.poll(() => broken.listenerCount('error')).toBe(0);
});

test('redraws itself in a terminal, and leaves the outcome there', async () => {
  const screen = new Screen(true);
  const { drain, answer } = await serveBusily();
  showProgress({ drain, stream: screen.stream });
  const report = drain.shutdown();
  await screen.shows(/draining {2}█+░* 4\.\d s left\n {6}1 request {6}oldest GET \/report, \d\.\d s\n/);
  drain.force();
  await expect(answer).resolves.toMatchObject({ status: 503 });
  await report;
  const ESC = String.fromCharCode(27);
  const last = screen.text.slice(screen.text.lastIndexOf(ESC));
  expect(last).toMatch(/forced in \d\.\d s: 1 request forced\n {2}cut off GET \/report after \d\.\d s\n$/);
  expect(screen.text).not.toContain(`${ESC}[?25l`); // hiding the cursor would need signal handlers
});

test('leaves nothing behind once it is ended', async () => {
  const screen = new Screen(false);
  const { drain, finish, answer } = await serveBusily();
  const end = showProgress({ drain, stream: screen.stream });
  end();
  finish();
  await answer;
  await drain.shutdown();
  expect(screen.text).toBe('');
});
