/** How much of the CPU time that is spent is spent in a library: from V8's sampling profiler, which noise hardly moves. */
import inspector from 'node:inspector/promises';

const SAMPLE_MICROSECONDS = 100;
/** Not the program's own work. */
const NOT_WORK = new Set(['(idle)', '(program)', '(root)']);

/**
 * @param {() => Promise<void>} run
 * @param {(url: string) => boolean} isLibrary by the URL of a function's file
 * @returns the share of `run` that is spent in functions of the library, those that they call not included
 */
export async function shareOf(run, isLibrary) {
  const session = new inspector.Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS });
  await session.post('Profiler.start');
  await run();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const sampled = profile.samples
    .map((id) => frames.get(id))
    .filter((frame) => !NOT_WORK.has(frame.functionName));
  return sampled.filter(({ url }) => isLibrary(url)).length / sampled.length;
}
