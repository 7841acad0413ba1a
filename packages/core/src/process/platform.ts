import { setImmediate } from '../node/timers.js';

interface Platform {
  readonly name: string;
  /** How long after the signal it kills a process, unless it is told otherwise. */
  readonly graceMs: number;
  /** The setting of the platform that makes that longer. */
  readonly setting?: string;
  isHere(env: NodeJS.ProcessEnv): boolean;
}

/** As the documentation of each has it: container contract, fly.toml, dyno shutdown, stopTimeout. */
const PLATFORMS: readonly Platform[] = [
  // Knative sets K_SERVICE too, and takes longer.
  {
    name: 'Cloud Run',
    graceMs: 10_000,
    isHere: ({ K_SERVICE, KUBERNETES_SERVICE_HOST }) => !!K_SERVICE && !KUBERNETES_SERVICE_HOST,
  },
  {
    name: 'Fly.io',
    graceMs: 5_000,
    setting: 'kill_timeout in fly.toml',
    isHere: ({ FLY_APP_NAME }) => !!FLY_APP_NAME,
  },
  { name: 'Heroku', graceMs: 30_000, isHere: ({ DYNO }) => !!DYNO },
  {
    name: 'Amazon ECS',
    graceMs: 30_000,
    setting: 'stopTimeout in the task definition',
    isHere: ({ ECS_CONTAINER_METADATA_URI_V4 }) => !!ECS_CONTAINER_METADATA_URI_V4,
  },
];

/** A little is kept for what comes after the drain. */
const SHARE = 0.9;

/** The deadlines to be looked at. */
const waiting = new Set<() => number>();
let hasWarned = false;

/**
 * One process warning where the platform kills the process before its drain has had its time. It is looked at a loop
 * turn later, when main has said what it has to say.
 */
export function warnOfPlatform(deadlineMs: () => number): void {
  const platform = PLATFORMS.find(({ isHere }) => isHere(process.env));
  if (!platform || hasWarned) return;
  if (waiting.size === 0) setImmediate(() => look(platform));
  waiting.add(deadlineMs);
}

function look(platform: Platform): void {
  const longestMs = Math.max(...[...waiting].map((deadlineMs) => deadlineMs()));
  waiting.clear();
  if (longestMs > platform.graceMs && !hasWarned) warn(platform, longestMs);
}

function warn({ name, graceMs, setting }: Platform, deadlineMs: number): void {
  hasWarned = true;
  const least = setting === undefined ? '' : ` by default (${setting})`;
  process.emitWarning(
    `deadlineMs is ${deadlineMs}, but ${name} kills a process ${graceMs} ms after its signal${least}: ` +
      `set deadlineMs to at most ${graceMs * SHARE}`,
    { type: 'HttpDrainWarning', code: 'HTTP_DRAIN_DEADLINE' },
  );
}
