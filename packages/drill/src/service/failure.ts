import type { Failure } from '../model.js';

/** The drill cannot be held: one sentence says why. */
export class DrillFailure extends Error {
  constructor(
    readonly kind: Failure['kind'],
    message: string,
    readonly output: readonly string[] = [],
  ) {
    super(message);
    this.name = 'DrillFailure';
  }

  toJSON(): Failure {
    return { kind: this.kind, message: this.message, output: [...this.output] };
  }
}
