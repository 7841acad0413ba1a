import { misuse } from '../drain/errors.js';
import { type DrainOptions, resolveOptions } from '../drain/options.js';
import { type ProbePaths, probesByPath } from '../drain/probes.js';
import { type LogStyle, logger, writeLine } from './stderr.js';

/** What the environment says of the drain of a program that runs with `register`. */
export interface Environment {
  readonly options: DrainOptions;
  readonly probes: ProbePaths;
  /** Servers that listen there close last. */
  readonly probePorts: ReadonlySet<number>;
}

type Read = (raw: string) => void;

/**
 * Reads the variables that `register` knows. Each is checked as the option that it stands for; a bad one is named by
 * `complain`, and is as if it were not there. Empty is not there, too.
 */
export function readEnvironment(
  env: NodeJS.ProcessEnv,
  complain: (complaint: string) => void = writeLine,
): Environment {
  let options: DrainOptions = {};
  let probes: ProbePaths = {};
  let probePorts: ReadonlySet<number> = new Set();
  const option = (name: keyof DrainOptions, parse: (raw: string) => unknown): Read => {
    return (raw) => {
      const more = { ...options, [name]: parse(raw) };
      resolveOptions(more);
      options = more;
    };
  };
  const probe = (name: keyof ProbePaths): Read => {
    return (path) => {
      probesByPath({ ...probes, [name]: path });
      probes = { ...probes, [name]: path };
    };
  };
  const readers: Record<string, readonly [option: string, read: Read]> = {
    HTTP_DRAIN_DEADLINE_MS: ['deadlineMs', option('deadlineMs', numberIn)],
    HTTP_DRAIN_LAME_DUCK_MS: ['lameDuckMs', option('lameDuckMs', numberIn)],
    HTTP_DRAIN_QUIET_MS: ['quietMs', option('quietMs', numberIn)],
    HTTP_DRAIN_LATE_REQUESTS: ['lateRequests', option('lateRequests', (raw) => raw)],
    HTTP_DRAIN_READINESS: ['readiness', probe('readiness')],
    HTTP_DRAIN_LIVENESS: ['liveness', probe('liveness')],
    HTTP_DRAIN_PROBE_PORTS: ['ports', (raw) => (probePorts = portsIn(raw))],
    HTTP_DRAIN_LOG: ['log', option('logger', (raw) => logger(raw as LogStyle))],
  };
  for (const [variable, [name, read]] of Object.entries(readers)) {
    const raw = env[variable];
    if (!raw) continue;
    try {
      read(raw);
    } catch (error) {
      complain(`${(error as Error).message.replace(`\`${name}\``, `\`${variable}\``)}; it is ignored`);
    }
  }
  return { options, probes, probePorts };
}

/** The number that is written there, or the text itself, which no option takes for a number. */
const numberIn = (raw: string): number | string => (/^\s*\d+(\.\d+)?\s*$/.test(raw) ? Number(raw) : raw);

function portsIn(raw: string): Set<number> {
  const ports = raw.split(',').map(Number);
  if (ports.every((port) => Number.isInteger(port) && port > 0 && port < 2 ** 16)) return new Set(ports);
  throw misuse('ports', 'a list of ports, as 9090,9091', raw);
}
