/**
 * The acts of a round, one after the other:
 *
 *     early ── brink ── frozen ── signal ─────────── over
 *     connect, │        │ the service is stopped:     the process is gone,
 *     warm up  │        │ what is sent now lies       or we have waited enough
 *              │        │ in the kernel       └ the signal goes out, and the service goes on
 *              └ requests go out that are to be in flight
 */
const ACTS = ['brink', 'frozen', 'signal', 'over'] as const;

export type Act = (typeof ACTS)[number];

/** A script says what it is ready for; the play begins an act once all scripts are ready for it. */
export class Play {
  readonly #gates = new Map<Act, Gate>(ACTS.map((act) => [act, gate()]));
  readonly #waiting = new Map<Cue, number>();
  #changed = gate();
  signalledAt = 0;
  isOver = false;

  /** Runs a script; what it throws ends the script, not the play. */
  run(script: (cue: Cue) => Promise<void>): void {
    const cue = new Cue(this);
    this.#waiting.set(cue, -1);
    void script(cue)
      .catch((error: unknown) => this.failures.push(error))
      .finally(() => this.wait(cue, 'over'));
  }

  readonly failures: unknown[] = [];

  /** Resolves when all scripts have said that they are ready for this act, or some later one; true if all are. */
  async ready(act: Act, patienceMs: number): Promise<boolean> {
    const index = ACTS.indexOf(act);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#changed.open();
    }, patienceMs);
    while (!late && [...this.#waiting.values()].some((waiting) => waiting < index)) {
      await this.#changed.opened;
      if (!late) this.#changed = gate();
    }
    clearTimeout(timer);
    return !late;
  }

  begin(act: Act): void {
    if (act === 'signal') this.signalledAt = performance.now();
    if (act === 'over') this.isOver = true;
    this.#gates.get(act)?.open();
  }

  /** @internal */
  wait(cue: Cue, act: Act): Promise<void> {
    this.#waiting.set(cue, ACTS.indexOf(act));
    this.#changed.open();
    return (this.#gates.get(act) as Gate).opened;
  }
}

/** What a script holds on to. */
export class Cue {
  constructor(readonly play: Play) {}

  brink(): Promise<void> {
    return this.play.wait(this, 'brink');
  }

  frozen(): Promise<void> {
    return this.play.wait(this, 'frozen');
  }

  signal(): Promise<void> {
    return this.play.wait(this, 'signal');
  }

  over(): Promise<void> {
    return this.play.wait(this, 'over');
  }

  /** Resolves so many ms after the signal; with false if the round was over before. */
  async after(ms: number): Promise<boolean> {
    await this.signal();
    let timer: NodeJS.Timeout | undefined;
    const due = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(true), Math.max(0, this.play.signalledAt + ms - performance.now()));
    });
    const over = this.over().then(() => false);
    const first = await Promise.race([due, over]);
    clearTimeout(timer);
    return first;
  }
}

interface Gate {
  opened: Promise<void>;
  open(): void;
}

function gate(): Gate {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
