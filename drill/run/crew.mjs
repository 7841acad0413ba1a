import { Backend } from './backend.mjs';

/** @typedef {import('../backends/work.mjs').Framework} Framework */

/** The orchestrator's grace period, after which it kills. */
const graceMs = 15_000;

/** The backends of one run, one in each slot of its stage. */
export class Crew {
  #plan;
  /** @type {Framework[]} */
  #frameworks;
  /** @type {(Backend | undefined)[]} */
  #members = [];
  #started = 0;
  /** @type {number[]} */
  #signalTimes = [];
  /** @type {import('./backend.mjs').Ending[]} */
  endings = [];

  /** @param {import('./rolling-restart.mjs').Plan & { stage: import('../modes.mjs').Stage }} plan */
  constructor(plan) {
    this.#plan = plan;
    this.#frameworks = /** @type {Framework[]} */ (plan.backends.split('+'));
  }

  get instances() {
    return this.#members.flatMap((backend) => backend?.instance ?? []);
  }

  async start() {
    await Promise.all(Array.from({ length: this.#plan.stage.slots }, (_, slot) => this.#startIn(slot)));
  }

  /** @param {number} slot */
  async restart(slot) {
    const { stage } = this.#plan;
    const backend = this.#members[slot];
    if (backend === undefined) throw new Error(`nothing runs in slot ${slot}`);
    this.#members[slot] = undefined;
    this.#signalTimes.push(performance.now());
    const [ending] = await Promise.all([backend.stop(graceMs), stage.dismiss?.(slot)]);
    stage.forget?.(slot);
    this.endings.push(ending);
    await this.#startIn(slot);
  }

  async stop() {
    await Promise.all(this.#members.map((backend) => backend?.stop(graceMs)));
  }

  /** Milliseconds from the last signal before that moment. @param {number} at */
  sinceLastSignal(at) {
    const last = this.#signalTimes.findLast((time) => time <= at);
    return last === undefined ? undefined : Math.round(at - last);
  }

  /** @param {number} slot */
  async #startIn(slot) {
    const { stage, library, mode } = this.#plan;
    const { port, fd } = await stage.place(slot);
    // One slot alone takes both frameworks in turn.
    const turn = stage.slots === 1 ? this.#started : slot;
    const framework = /** @type {Framework} */ (this.#frameworks[turn % this.#frameworks.length]);
    const instance = `${framework} ${this.#started++}`;
    const listen = fd === undefined ? { port, host: '127.0.0.1' } : { fd: 3 };
    const backend = new Backend({ framework, library, instance, listen, drain: mode.drain }, fd);
    await backend.untilReady();
    await stage.admit?.(slot, port);
    this.#members[slot] = backend;
  }
}
