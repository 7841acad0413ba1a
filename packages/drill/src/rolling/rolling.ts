import { unprovedBecause } from '../judge/unreliable.js';
import { Cast } from '../round/cast.js';
import { holdRound, type RawRound } from '../round/round.js';
import type { Rounds } from '../rounds.js';
import { DrillFailure } from '../service/failure.js';
import { loadOn } from './clients.js';
import { type Front, startFront } from './front.js';
import { type Instance, startInstance } from './instance.js';
import { freePort } from './port.js';

/** Restarts that prove nothing are made up for, so many of them in all. */
const SPARE = 2;

/**
 * Restarts two instances under load, in turn. One restart is one round:
 *
 *     warm up ───── frozen ── signal ───────────── gone ───── back ─────────── over
 *     each client   │         │ the old instance   │ a new    │ the new one   each client has
 *     has had its   │         │ finishes; the      │ one is   │ is ready, and had its last answer
 *     answers of    │         │ other one takes    │ started  │ is given
 *     both          │         │ over               │ in its   │ requests,
 *                   └ for 70 ms, so that requests  │ place    └ until it has answered some
 *                     gather at the old instance   └ or the grace period is over, and it is killed
 */
export class RollingRestarts {
  readonly #instances: Instance[] = [];
  readonly #ports: number[] = [];
  #clients: number;

  constructor(readonly rounds: Rounds) {
    this.#clients = rounds.settings.clients;
  }

  async hold(): Promise<void> {
    const { settings, guard, held } = this.rounds;
    const restarts = settings.rolling ?? 0;
    await this.#startBoth();
    const front = await startFront(settings.proxy ?? 'builtin', this.#instances, {
      guard,
      clients: settings.clients,
      patienceMs: settings.readyWithinMs,
    });
    let good = 0;
    for (let count = 0; good < restarts && count < restarts + SPARE; count++) {
      const { raw, failed } = await this.#restart(count % 2, front);
      const unproved = unprovedBecause(raw);
      held.push({ raw, unproved });
      if (failed !== undefined) throw failed;
      if (unproved === null) good++;
      else {
        settings.progress(`that restart proves nothing: ${unproved.text}`);
        // A service may take fewer connections at a time, and fewer clients need less of the machine.
        this.#clients = Math.ceil(this.#clients / 2);
      }
      // One that had to be ended by force would only be the same again, and takes the whole grace period.
      if (unproved === null && (raw.end === 'grace' || raw.end === 'strayed')) return;
    }
  }

  async #startBoth(): Promise<void> {
    for (const _ of [0, 1]) {
      const port = await freePort();
      this.#ports.push(port);
      this.#instances.push(await startInstance(this.rounds, port, this.#instances[0]));
    }
    if (!this.rounds.serial) return;
    const message = 'It serves one connection at a time: it cannot be restarted under load.';
    throw new DrillFailure('bad-answer', message);
  }

  /** `failed`: why no instance came back, where none did; what was lost before is there. */
  async #restart(place: number, front: Front): Promise<{ raw: RawRound; failed: unknown }> {
    const { rounds } = this;
    const { settings } = rounds;
    const { service, found, readyMs, requests, scouted } = this.#instances[place] as Instance;
    front.begin(this.#instances, place);
    let failed: unknown;
    const takeOver = async () => {
      try {
        await front.admit(await this.#startAgain(place), place);
      } catch (error) {
        failed = error;
      }
    };
    const number = rounds.held.length + 1;
    const note = [`restart ${number}`, front.words].filter((part) => part !== null).join(', ');
    settings.progress(`${note}: of instance ${place + 1}`);
    const plan = rounds.planned({
      ...{ kind: 'rolling', note, rolling: { load: loadOn(front), takeOver } },
      // As an orchestrator does: it waits for the process, whatever that waits for.
      hangMs: settings.graceMs,
    });
    const cast = new Cast(found, requests, scouted, {
      ...settings,
      clients: this.#clients,
      closing: false,
      queue: 0,
    });
    // What is in flight at an instance behind a proxy nobody can tell.
    if (front.words !== null) cast.atWork = 1;
    return { raw: await holdRound(plan, service, found, readyMs, cast), failed };
  }

  async #startAgain(place: number): Promise<Instance> {
    const instance = await startInstance(this.rounds, this.#ports[place] as number);
    this.#instances[place] = instance;
    return instance;
  }
}
