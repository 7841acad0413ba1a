import type { Lead, Part, PartRun } from './drain-state.js';

/** The runs of the parts of a drain, as its own run drives them. */
export class PartRuns {
  readonly #lead: Lead;
  readonly #runs: PartRun[] = [];
  #drained = false;

  constructor(lead: Lead) {
    this.#lead = lead;
  }

  get drained(): boolean {
    return this.#runs.every(({ drained }) => drained);
  }

  get closed(): boolean {
    return this.#runs.every(({ closed }) => closed);
  }

  get beforeHooks(): Promise<unknown>[] {
    return this.#runs.flatMap(({ beforeHooks }) => beforeHooks ?? []);
  }

  /** A part, at the beginning or made since, is brought to where the whole is. */
  take(part: Part): void {
    const { phase, parts } = this.#lead.state;
    parts.hold(part);
    const run = part.begin(this.#lead);
    this.#runs.push(run);
    if (phase !== 'lame-duck') void run.startDraining();
    if (phase === 'forcing') run.force();
    if (this.#drained) run.wholeIsDrained();
  }

  startDraining(): void {
    for (const run of this.#runs) void run.startDraining();
  }

  force(): void {
    for (const run of this.#runs) run.force();
  }

  wholeIsDrained(): void {
    this.#drained = true;
    for (const run of this.#runs) run.wholeIsDrained();
  }
}
