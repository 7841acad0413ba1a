import { Load } from '../load/load.mjs';
import { Backend } from './backend.mjs';

/** @typedef {import('../backends/work.mjs').Framework} Framework */
/** @typedef {{ mode: import('../modes.mjs').Mode, library: string, frameworks: Framework[], restarts: number }} Plan */
/** @typedef {Awaited<ReturnType<typeof rollingRestart>>} Result */

const clients = 64;
const thinkMs = 15;
const answerTimeoutMs = 20_000;
/** A backend counts as back in service once it has answered this many requests. */
const answersToBeBack = 50;
const backWithinMs = 20_000;
/** The orchestrator's grace period, after which it kills. */
const graceMs = 15_000;

/**
 * Restarts one backend after the other under load, each only when all of them take traffic again.
 * @param {Plan} plan
 */
export async function rollingRestart({ mode, library, frameworks, restarts }) {
  const stage = await mode.setUp();
  const load = new Load({ ports: stage.ports, clients, thinkMs, timeoutMs: answerTimeoutMs });
  const crew = new Crew({ stage, library, frameworks, drain: mode.drain });
  const allBack = () =>
    Promise.all(crew.instances.map((name) => load.untilServedBy(name, answersToBeBack, backWithinMs)));
  await crew.start();
  load.start();
  await allBack();
  for (let turn = 0; turn < restarts; turn += 1) {
    await crew.restart(turn % stage.slots);
    await allBack();
  }
  await load.stop();
  await crew.stop();
  await stage.stop();
  return {
    mode: mode.name,
    library,
    frameworks,
    restarts,
    sent: load.sent,
    answered: load.answered,
    lost: load.losses.length,
    requestsPerSecond: load.requestsPerSecond,
    slowestMs: Math.round(load.slowestMs),
    killed: crew.restarted.filter((ending) => ending.killed).length,
    failed: crew.restarted.filter((ending) => ending.code !== 0 && !ending.killed).length,
    slowestStopMs: Math.max(...crew.restarted.map((ending) => ending.tookMs)),
    losses: load.losses.map(({ at, ...loss }) => ({ ...loss, sinceSignalMs: crew.sinceLastSignal(at) })),
    reports: crew.restarted.map((ending) => ending.report),
  };
}

/** The backends of one run. */
class Crew {
  #plan;
  /** @type {{ backend: Backend, port: number }[]} */
  #members = [];
  #generation = 0;
  /** @type {number[]} */
  #signals = [];
  /** @type {import('./backend.mjs').Ending[]} */
  restarted = [];

  /** @param {{ stage: import('../modes.mjs').Stage, library: string, frameworks: Framework[], drain: import('../backends/work.mjs').DrainSettings }} plan */
  constructor(plan) {
    this.#plan = plan;
  }

  get instances() {
    return this.#members.map(({ backend }) => backend.instance);
  }

  async start() {
    await Promise.all(Array.from({ length: this.#plan.stage.slots }, (_, slot) => this.#startIn(slot)));
  }

  /** @param {number} slot */
  async restart(slot) {
    const { stage } = this.#plan;
    const member = this.#members[slot];
    if (member === undefined) throw new Error(`no backend in slot ${slot}`);
    this.#signals.push(performance.now());
    const [ending] = await Promise.all([member.backend.stop(graceMs), stage.dismiss?.(slot)]);
    stage.forget?.(slot);
    this.restarted.push(ending);
    await this.#startIn(slot);
  }

  async stop() {
    await Promise.all(this.#members.map(({ backend }) => backend.stop(graceMs)));
  }

  /** Milliseconds from the last signal before that moment. @param {number} at */
  sinceLastSignal(at) {
    const last = this.#signals.findLast((signal) => signal <= at);
    return last === undefined ? undefined : Math.round(at - last);
  }

  /** @param {number} slot */
  async #startIn(slot) {
    const { stage, library, frameworks, drain } = this.#plan;
    const { port, fd } = await stage.place(slot);
    // One slot alone takes both frameworks in turn.
    const turn = stage.slots === 1 ? this.#generation : slot;
    const framework = /** @type {Framework} */ (frameworks[turn % frameworks.length]);
    const instance = `${framework} ${slot}.${this.#generation++}`;
    const listen = fd === undefined ? { port, host: '127.0.0.1' } : { fd: 3 };
    const backend = new Backend({ framework, library, instance, listen, drain }, fd);
    await backend.untilReady();
    await stage.admit?.(slot, port);
    this.#members[slot] = { backend, port };
  }
}
