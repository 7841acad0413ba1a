/** What holds in every world. Each law returns the breaches that it found. */
import { brokenPromises } from './law-of-answers.js';
import { miscounts } from './law-of-counts.js';
import { brokenRefusals } from './law-of-refusals.js';
import type { Outcome } from './run-world.js';
import { deadlineOf } from './world.js';

/** For a loaded machine. */
const SLACK_MS = 250;

export function breaches(outcome: Outcome): string[] {
  if (!outcome.report) return ['shutdown() did not resolve', ...outcome.incidents];
  return [
    ...time(outcome),
    ...outcome.atResolution.map((what) => `at resolution there is ${what}`),
    ...outcome.suffered.map((what) => `a server of another drain ${what}`),
    ...outcome.leftovers.map((what) => `left behind: ${what}`),
    ...outcome.incidents,
    ...hooks(outcome),
    ...miscounts(outcome),
    ...brokenPromises(outcome),
    ...brokenRefusals(outcome),
    ...ownCloses(outcome),
  ];
}

function time({ world, calledAt, resolvedAt, stolenMs, report, samePromise, enteredAt }: Outcome): string[] {
  const found: string[] = [];
  const tookMs = resolvedAt - calledAt;
  const deadlineMs = deadlineOf(world);
  if (tookMs > deadlineMs + SLACK_MS + stolenMs)
    found.push(`it took ${Math.round(tookMs)} ms of ${deadlineMs} ms`);
  if (!samePromise) found.push('a later call returned another promise');
  if (enteredAt.closed === undefined) found.push("the phase 'closed' was not told");
  const inPhases = Object.values(report!.phases).reduce((sum, ms) => sum + ms, 0);
  if (Math.abs(inPhases - report!.durationMs) > 100 + stolenMs)
    found.push(`the phases took ${inPhases} ms, all of it ${report!.durationMs} ms`);
  return found;
}

function hooks({ world, report, afterHooksRun, hooksTooEarly, enteredAt }: Outcome): string[] {
  const found: string[] = [];
  if (hooksTooEarly > 0)
    found.push(`${hooksTooEarly} afterDrain hooks ran before the last socket had closed`);
  const newestFirst = world.after.map((_, index) => index).reverse();
  if (String(afterHooksRun) !== String(newestFirst))
    found.push(`afterDrain hooks ran in the order ${afterHooksRun}`);
  const ends = { throws: 'Error: this hook throws', rejects: 'Error: this hook rejects' };
  for (const [stage, plans] of [
    ['before', world.before],
    ['after', world.after],
  ] as const) {
    plans.forEach(({ does }, index) => {
      const told = report!.hooks.filter(({ name }) => name === `${stage} ${index}`);
      const skipped = stage === 'before' && enteredAt.forcing !== undefined && told.length === 0;
      if (told.length !== 1 && !skipped) found.push(`${told.length} reports of hook ${stage} ${index}`);
      const expected = ends[does as keyof typeof ends];
      if (expected && told.some(({ error }) => error !== expected))
        found.push(`hook ${stage} ${index} is told to have ended with ${told[0]?.error}`);
      if (does === 'returns' && told.some(({ error }) => error !== undefined))
        found.push(`hook ${stage} ${index} is told to have failed`);
      if (does === 'hangs' && told.some(({ error }) => !error?.includes('did not settle')))
        found.push(`hook ${stage} ${index}, which hangs, is told to have settled`);
    });
  }
  return found;
}

/** What an owner has put on his server is called where the drain closes it. */
function ownCloses({ places, enteredAt, calledAt }: Outcome): string[] {
  const began = enteredAt.draining ?? enteredAt.forcing ?? calledAt;
  return places
    .filter(({ plan }) => plan.ownClose && plan.life === 'listens')
    .filter((place) => !place.listenedAfter(began) && place.ownCloseCalls === 0)
    .map(({ plan }) => `the own close() of a ${plan.kind} server was not called`);
}
