import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startChild } from './children.mjs';

/** @typedef {import('../backends/work.mjs').BackendConfig} BackendConfig */
/** @typedef {{ killed: boolean, code: number | null, tookMs: number, report?: any }} Ending */

/** A backend process: started, ready, told to stop, gone. */
export class Backend {
  #child;
  /** @type {any} */
  #report;
  #ready;
  config;

  /** @param {BackendConfig} config @param {number} [listenFd] a listening socket for the child, as its fd 3 */
  constructor(config, listenFd) {
    this.config = config;
    const stdio = /** @type {import('node:child_process').StdioOptions} */ (['ignore', 'pipe', 'inherit']);
    this.#child = startChild(
      process.execPath,
      [programOf(config), JSON.stringify(config)],
      listenFd === undefined ? stdio : [.../** @type {any[]} */ (stdio), listenFd],
    );
    this.#ready = this.#listenToLines();
  }

  get instance() {
    return this.config.instance;
  }

  async untilReady() {
    await this.#ready;
  }

  /**
   * What an orchestrator does: SIGTERM, and SIGKILL once the grace period is over.
   * @param {number} graceMs
   * @returns {Promise<Ending>}
   */
  async stop(graceMs) {
    const startedAt = performance.now();
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    let killed = false;
    const timer = setTimeout(() => {
      killed = true;
      this.#child.kill('SIGKILL');
    }, graceMs);
    const [code] = await exited;
    clearTimeout(timer);
    return { killed, code, tookMs: Math.round(performance.now() - startedAt), report: this.#report };
  }

  /** @returns {Promise<void>} */
  #listenToLines() {
    const lines = createInterface({
      input: /** @type {import('node:stream').Readable} */ (this.#child.stdout),
    });
    return new Promise((resolve, reject) => {
      lines.on('line', (line) => {
        const message = JSON.parse(line);
        if (message.ready) resolve();
        if (message.report) this.#report = message.report;
      });
      this.#child.once('error', reject);
      this.#child.once('exit', (code) =>
        reject(new Error(`${this.instance} ended (${code}) before it was ready`)),
      );
    });
  }
}

/** @param {BackendConfig} config */
function programOf({ library, framework }) {
  const program = library === 'http-drain' ? `http-drain-${framework}.mjs` : 'peer.mjs';
  return fileURLToPath(new URL(`../backends/${program}`, import.meta.url));
}
