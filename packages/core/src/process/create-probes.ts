import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { checkDrain, type Drain } from '../drain/drain.js';
import { type ProbeAnswer, type ProbeKind, type ProbePaths, Probes } from '../drain/probes.js';
import { processDrain } from './process-drain.js';

/** Options of {@link createProbes}. */
export interface ProbeOptions extends ProbePaths {
  /** The drain that the probes are of. Default the process drain. */
  drain?: Drain | undefined;
}

/** Answers health probes. */
export interface AnswerProbe {
  /** Answers `request` if it is a probe, and returns whether it is one. A probe does not count as a request in flight. */
  (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse): boolean;
  /** For adapters: the kind of probe at each path. */
  readonly paths: ReadonlyMap<string, ProbeKind>;
  /** For adapters: what a probe is answered, which is not counted from then on. */
  answer(kind: ProbeKind, response: object): ProbeAnswer | Promise<ProbeAnswer>;
}

/**
 * Health probes for a server without an adapter: plain `node:http`, Koa, Hono.
 *
 * @throws TypeError for bad options
 *
 * @example
 * ```ts
 * const answerProbe = createProbes({ readiness: '/readyz', liveness: '/livez' });
 * http.createServer((request, response) => {
 *   if (answerProbe(request, response)) return;
 *   response.end('hello');
 * });
 * ```
 */
export function createProbes({ drain = processDrain, readiness, liveness }: ProbeOptions): AnswerProbe {
  checkDrain(drain);
  const probes = new Probes(drain, { readiness, liveness });
  const answerProbe = (request: Request, response: ServerResponse | Http2ServerResponse) => {
    const kind = probes.paths.size > 0 && isRead(request) ? probes.paths.get(pathOf(request)) : undefined;
    if (kind) void send(probes.answer(kind, response), request, response as ServerResponse);
    return kind !== undefined;
  };
  return Object.assign(answerProbe, {
    paths: probes.paths,
    answer: (kind: ProbeKind, response: object) => probes.answer(kind, response),
  });
}

/** Express gives a request its path within the router that it has come to. */
type Request = (IncomingMessage | Http2ServerRequest) & { readonly path?: string };

const isRead = ({ method }: Request): boolean => method === 'GET' || method === 'HEAD';

const pathOf = ({ path, url }: Request): string => path ?? (url ?? '').replace(/[?#].*$/s, '');

async function send(
  answer: ProbeAnswer | Promise<ProbeAnswer>,
  { method }: Request,
  response: ServerResponse,
): Promise<void> {
  // At once where there is nothing to wait for.
  const { statusCode, headers, body } = 'body' in answer ? answer : await answer;
  response.writeHead(statusCode, headers).end(method === 'HEAD' ? undefined : body);
}
