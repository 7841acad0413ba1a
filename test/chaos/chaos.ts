/** Plays random worlds, and tells of each that breaks a law how to play it again. */
import fc from 'fast-check';
import { evidence } from './evidence.js';
import { breaches } from './laws.js';
import { runWorld } from './run-world.js';
import type { World } from './world.js';

interface Failure {
  index: number;
  found: string[];
  evidence: string;
  world: World;
}

const given = (name: string): number | undefined => {
  const value = process.env[`CHAOS_${name}`];
  return value ? Number(value) : undefined;
};

/**
 * `CHAOS_SEED`, `CHAOS_WORLDS` and `CHAOS_PATH` (the number of one world) change what is played; with `CHAOS_TIMES` each
 * world is played so often: what breaks a law may be a matter of microseconds.
 */
export async function playWorlds(name: string, worlds: fc.Arbitrary<World>, count: number): Promise<void> {
  const seed = given('SEED') ?? Math.trunc(Math.random() * 2 ** 31);
  const path = given('PATH');
  const times = given('TIMES') ?? 1;
  const failures: Failure[] = [];
  let index = path ?? 0;
  const property = fc.asyncProperty(worlds, async (world) => {
    for (let time = 0; time < times; time++) {
      const failure = await play(world);
      if (failure.found.length > 0) failures.push({ index, world, ...failure });
    }
    index++;
  });
  await fc.assert(
    property,
    path === undefined
      ? { seed, numRuns: given('WORLDS') ?? count }
      : { seed, path: String(path), numRuns: 1 },
  );
  if (failures.length > 0) throw new Error(tell(name, seed, failures));
}

async function play(world: World): Promise<Pick<Failure, 'found' | 'evidence'>> {
  try {
    const outcome = await runWorld(world);
    const found = breaches(outcome);
    return { found, evidence: found.length > 0 ? evidence(outcome, found) : '' };
  } catch (error) {
    return { found: [`it ended with ${error}`], evidence: '' };
  }
}

function tell(name: string, seed: number, failures: readonly Failure[]): string {
  const texts = failures.map(({ index, found, evidence }) => {
    const breaches = found.map((breach) => `  - ${breach}`).join('\n');
    return `World ${index} breaks the law:\n${breaches}\n${evidence}\n  npm run chaos -- --kind ${name} --seed ${seed} --path ${index}`;
  });
  return [...texts, `World ${failures[0]!.index} is:`, JSON.stringify(failures[0]!.world)].join('\n');
}
