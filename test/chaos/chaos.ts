/** Random worlds until one breaks a law, or all have been played. */
import fc from 'fast-check';
import { breaches } from './laws.js';
import { runWorld } from './run-world.js';
import type { World } from './world.js';

const given = (name: string): number | undefined => {
  const value = process.env[`CHAOS_${name}`];
  return value ? Number(value) : undefined;
};

export async function playWorlds(name: string, worlds: fc.Arbitrary<World>, count: number): Promise<void> {
  const wanted = process.env.CHAOS_ONLY;
  if (wanted && wanted !== name) return;
  const seed = given('SEED') ?? Math.trunc(Math.random() * 2 ** 31);
  const path = process.env.CHAOS_PATH;
  const property = fc.asyncProperty(worlds, async (world) => {
    const found = breaches(await runWorld(world));
    if (found.length > 0) throw new Error(found.join('\n'));
  });
  const result = await fc.check(property, {
    seed,
    ...(path ? { path } : {}),
    numRuns: given('WORLDS') ?? count,
    endOnFailure: process.env.CHAOS_SHRINK === undefined,
  });
  if (!result.failed) return;
  const { errorInstance, counterexample, counterexamplePath, numRuns } = result;
  const replay = `npm run chaos -- --only ${name} --seed ${seed} --path ${counterexamplePath}`;
  const [world] = counterexample ?? [];
  throw new Error(
    `World ${numRuns} breaks the law:\n${(errorInstance as Error)?.message}\n\nReplay it: ${replay}\n\n${JSON.stringify(world, null, 1)}`,
  );
}
