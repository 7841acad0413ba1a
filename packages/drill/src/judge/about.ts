import type { Code, Finding } from '../model.js';
import { CAUSES } from './causes.js';
import type { Judged } from './findings.js';

/** A finding that is no count of lost requests. What mends it is added where the runtime is known. */
export function about(
  code: Code,
  title: string,
  hit: readonly Judged[],
  of: readonly Judged[],
  evidence: string[],
): Finding {
  const { severity, why, fix } = CAUSES[code];
  return {
    ...{ code, title, severity, why, evidence, lost: 0, certainty: 'seen', fix: fix.any, situations: [] },
    rounds: { hit: hit.length, of: of.length },
  };
}
