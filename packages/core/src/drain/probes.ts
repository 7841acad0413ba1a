import type { Drain } from './drain.js';
import { misuse } from './errors.js';

export type ProbeKind = 'readiness' | 'liveness';

/** Where an adapter answers health probes. Each is off unless a path is given. */
export interface ProbePaths {
  /** Answers 200 'ready' while serving, and 503 'draining' from the lame duck on. A path, as '/readyz'. */
  readiness?: string | undefined;
  /** Answers 200 'live' until the drain has closed, then 503 'closed'. A path, as '/livez'. */
  liveness?: string | undefined;
}

export interface ProbeAnswer {
  statusCode: 200 | 503;
  headers: Record<string, string>;
  body: string;
}

/**
 * The kind of probe for each path, for adapters.
 *
 * @throws TypeError for what is no path
 */
export function probesByPath(paths: ProbePaths): Map<string, ProbeKind> {
  const kinds = new Map<string, ProbeKind>();
  for (const kind of ['readiness', 'liveness'] as const) {
    const path = paths[kind];
    if (path === undefined) continue;
    if (typeof path !== 'string' || !/^\/[^?#]*$/.test(path))
      throw misuse(kind, "a path that begins with '/'", path);
    if (kinds.has(path)) throw misuse(kind, 'another path than that of readiness', path);
    kinds.set(path, kind);
  }
  return kinds;
}

/** What a probe is answered, for adapters. */
export function probeAnswer(drain: Drain, kind: ProbeKind): ProbeAnswer {
  const good = kind === 'readiness' ? drain.ready : drain.phase !== 'closed';
  const bad = kind === 'readiness' ? 'draining' : 'closed';
  return {
    statusCode: good ? 200 : 503,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    body: good ? (kind === 'readiness' ? 'ready' : 'live') : bad,
  };
}
