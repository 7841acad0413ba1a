import { existsSync } from 'node:fs';
import { lossesOf } from './judge/cause.js';
import { fixOf } from './judge/causes.js';
import { findingsOfLosses, type Judged, unreliableFinding } from './judge/findings.js';
import { findingsOfProbes } from './judge/probes.js';
import { findingsOfProcess } from './judge/process.js';
import { findingOfRaces } from './judge/races.js';
import { recordOf } from './judge/record.js';
import { settled } from './judge/settled.js';
import { type Suspect, suspectOf, verdictsOf } from './judge/suspects.js';
import { findingOfTime, idleMs, livesWithoutConnections, type TimeVerdict } from './judge/time.js';
import type { Reason } from './judge/unproved.js';
import type { Drilled, Finding, Round } from './model.js';
import { checked, type DrillOptions, type Settings, settingsOf } from './options.js';
import { listeningRows } from './proc/tcp.js';
import { resultOf } from './result.js';
import { checkRolling } from './rolling/check.js';
import { RollingRestarts } from './rolling/rolling.js';
import type { RawRound, RoundPlan } from './round/round.js';
import { Rounds, SMALL_QUEUE } from './rounds.js';
import { DrillFailure } from './service/failure.js';
import { Guard } from './service/guard.js';

/** A short queue and a burst. */
const QUEUES = [SMALL_QUEUE, 200, SMALL_QUEUE];
/** How long the first round waits for a process with nothing to do; Node's keep-alive time-out is 5 s. */
const FIRST_HANG_MS = 7_000;
const SECOND_SIGNAL_MS = 100;
/** Who listens for longer than this after the signal has a lame duck, and who always does so for as long has a timer. */
const LAME_DUCK_MS = 400;
const CONSTANT_MS = 100;

/**
 * Starts a service, puts requests wherever they can be, stops it, and says what was lost.
 *
 * Never rejects because of the service: what is wrong with it, or why it could not be drilled, is in the result. It does
 * because of its options, before anything is started: by an error whose `kind` is `usage`, and whose message says in one
 * sentence what was expected and what was given.
 */
export async function drill(options: DrillOptions): Promise<Drilled> {
  const settings = settingsOf(checked(options));
  checkRolling(settings);
  settings.progress(`drilling ${settings.command.join(' ')}`);
  const guard = new Guard();
  const drill = new Drill(settings, guard);
  try {
    const findings = await unlessAborted(settings.abort, drill.findings());
    return drill.result(findings ?? [], null, findings === undefined);
  } catch (error) {
    if (!(error instanceof DrillFailure)) throw error;
    return drill.result([], error);
  } finally {
    await guard.close();
  }
}

/** What the work gives; undefined where it was cut short. It comes to its own end when its service has been ended. */
async function unlessAborted<T>(abort: AbortSignal | undefined, work: Promise<T>): Promise<T | undefined> {
  const aborted = new Promise<undefined>((resolve) => {
    if (abort?.aborted) resolve(undefined);
    abort?.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  work.catch(() => {});
  return Promise.race([work, aborted]);
}

class Drill {
  readonly #startedAt = new Date();
  readonly #rounds: Rounds;
  #judged: Judged[] = [];

  constructor(
    readonly settings: Settings,
    guard: Guard,
  ) {
    this.#rounds = new Rounds(settings, guard);
  }

  async findings(): Promise<Finding[]> {
    this.#checkPlace();
    if (this.settings.rolling !== null) await new RollingRestarts(this.#rounds).hold();
    else await this.#allRounds();
    const verdicts = await this.#timeVerdicts();
    const judged = this.#judge();
    const reasons = this.#reasons();
    if (judged.length === 0) return unreliableFinding(reasons);
    const runtime = this.#rounds.service?.runtime ?? null;
    const witness = judged.map(({ raw }) => raw).filter(({ plan }) => plan.kind === 'witness');
    const findings = [
      ...findingsOfProcess(judged),
      ...findingsOfProbes(judged, this.settings),
      ...findingsOfLosses(judged, runtime),
      ...findingOfRaces(judged, this.settings.strict),
      ...verdicts.map((verdict) => findingOfTime(witness, verdict, runtime)),
    ];
    const fixed = findings.map((finding) => ({ ...finding, fix: fixOf(finding.code, runtime) }));
    return [...fixed, ...unreliableFinding(reasons)];
  }

  result(findings: Finding[], failure: DrillFailure | null, interrupted = false): Drilled {
    const { settings } = this;
    const { service } = this.#rounds;
    const rounds = this.#records();
    return resultOf({
      settings,
      startedAt: this.#startedAt,
      service,
      rounds,
      reasons: this.#reasons(),
      findings,
      failure,
      interrupted,
    });
  }

  #checkPlace(): void {
    const { port } = this.settings;
    if (process.platform !== 'linux') {
      const message = `The drill runs on Linux, whose /proc it reads; this is ${process.platform}: run it in a container, or in CI.`;
      throw new DrillFailure('platform', message);
    }
    if (!existsSync('/proc/self/net/tcp') || !existsSync('/proc/self/fd')) {
      throw new DrillFailure(
        'no-proc',
        'There is no /proc here, by which the drill finds sockets: mount it.',
      );
    }
    if (port !== null && listeningRows().some((row) => row.port === port)) {
      throw new DrillFailure('port-taken', `Port ${port} is in use already: stop what runs there first.`);
    }
  }

  async #allRounds(): Promise<void> {
    await this.#witnessRounds();
    // Only against a round with one signal does it say anything.
    if (this.#proof.length > 0 && !this.#hopeless && !this.#dies) await this.#secondSignalRound();
    await this.#closingRound();
    await this.#loadRound();
  }

  async #witnessRounds(): Promise<void> {
    for (let number = 0; number < this.settings.rounds && !this.#hopeless; number++) {
      const hang = number === 0 ? { hangMs: FIRST_HANG_MS } : {};
      await this.#rounds.hold({ kind: 'witness', ...hang }, QUEUES[number % QUEUES.length]);
    }
  }

  /** Rounds that prove something, and are no tests of a difference. */
  get #proof(): RawRound[] {
    const good = this.#rounds.held.filter(({ unproved }) => unproved === null);
    return good.map(({ raw }) => raw).filter(({ plan }) => plan.kind !== 'difference');
  }

  /** A round that had to be ended by force would only be the same again, and takes the whole grace period. */
  get #hopeless(): boolean {
    return this.#proof.some(({ end }) => end === 'grace' || end === 'strayed');
  }

  /** What dies of the first signal does not live to get a second. */
  get #dies(): boolean {
    return this.#proof.some((raw) => lossesOf(raw).some(({ code }) => code === 'D002' || code === 'D003'));
  }

  async #secondSignalRound(): Promise<void> {
    await this.#rounds.hold({ kind: 'second-signal', secondSignalMs: SECOND_SIGNAL_MS });
  }

  /** A service that listens on for a while after the signal is frozen once more when it stops. */
  async #closingRound(): Promise<void> {
    const raws = this.#proof.filter(
      ({ plan, end }) => plan.kind === 'witness' && end !== 'grace' && end !== 'strayed',
    );
    const after = raws.map(({ watch, signalledAt }) => (watch.listenerClosedAt ?? signalledAt) - signalledAt);
    if (
      after.length === 0 ||
      Math.min(...after) < LAME_DUCK_MS ||
      Math.max(...after) - Math.min(...after) > CONSTANT_MS
    )
      return;
    const closesAfterMs = after.reduce((a, b) => a + b) / after.length;
    await this.#rounds.hold({ kind: 'witness', note: 'frozen again when it stops listening', closesAfterMs });
  }

  /** Clients that ask on and on, each on its kept connection, and nothing frozen: as it is in life. */
  async #loadRound(): Promise<void> {
    const { clients, preStopMs } = this.settings;
    if (this.#hopeless || clients === 0 || this.#rounds.serial) return;
    const note = `${clients} clients${preStopMs > 0 ? `, sent elsewhere ${preStopMs / 1_000} s before` : ''}`;
    await this.#rounds.hold({ kind: 'load', note });
  }

  /** Where a round took too long: the round again, without what may be to blame. What makes the time go is the cause. */
  async #timeVerdicts(): Promise<TimeVerdict[]> {
    const bad = this.#proof.filter((raw) => raw.plan.kind === 'witness' && idleMs(raw) > 0);
    if (bad.length === 0) return [];
    const worst = bad.reduce((a, b) => (idleMs(b) > idleMs(a) ? b : a));
    if (livesWithoutConnections(worst)) return [{ code: 'D021', without: undefined }];
    const { held } = worst.watch;
    const suspect = suspectOf(held);
    return verdictsOf(held, suspect, await this.#differenceRound(suspect));
  }

  /** The round, if it took no longer than it may. */
  async #differenceRound({ holds, note }: Suspect): Promise<RawRound | undefined> {
    const plan: Partial<RoundPlan> = {
      kind: 'difference',
      note,
      wanted: (situation) => situation.holds === undefined || !holds.includes(situation.holds),
      closesWhenAnswered: holds.includes('keep-alive'),
    };
    const raw = await this.#rounds.hold(plan);
    return raw !== undefined && raw.end === 'gone' && idleMs(raw) === 0 ? raw : undefined;
  }

  #judge(): Judged[] {
    this.#judged = settled(this.#proof.map((raw) => ({ raw, losses: lossesOf(raw) })));
    return this.#judged;
  }

  #reasons(): Reason[] {
    return this.#rounds.held.map(({ raw, unproved }) => ({ kind: raw.plan.kind, unproved }));
  }

  #records(): Round[] {
    return this.#rounds.held.map(({ raw, unproved }) => {
      const judged = this.#judged.find((one) => one.raw === raw);
      return recordOf(raw, judged?.losses ?? lossesOf(raw), unproved?.text ?? null);
    });
  }
}
