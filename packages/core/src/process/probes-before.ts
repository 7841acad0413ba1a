import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Server } from 'node:net';
import type { Drain } from '../drain/drain.js';
import { type ProbeKind, type ProbePaths, probeAnswer, probesByPath } from '../drain/probes.js';

type Emit = (this: Server, event: string, ...args: unknown[]) => boolean;

/** Answers health probes before the handlers of a server see them, whenever these are added. */
export function answerProbes(server: Server, drain: Drain, paths: ProbePaths): void {
  const kinds = probesByPath(paths);
  if (kinds.size === 0) return;
  drain.answersProbesAt(kinds.keys());
  const emitter = server as unknown as { emit: Emit };
  const emit = emitter.emit;
  emitter.emit = function (event, ...args) {
    const answers = ANSWERS[event];
    return answers?.(this, drain, kinds, args) || emit.call(this, event, ...args);
  };
}

type Answers = (server: Server, drain: Drain, kinds: Map<string, ProbeKind>, args: unknown[]) => boolean;

const kindOf = (kinds: Map<string, ProbeKind>, method?: unknown, url?: unknown): ProbeKind | undefined =>
  method === 'GET' || method === 'HEAD' ? kinds.get(String(url).replace(/[?#].*$/s, '')) : undefined;

const ANSWERS: Record<string, Answers> = {
  request(_server, drain, kinds, [request, response]) {
    const { method, url } = request as IncomingMessage;
    const kind = kindOf(kinds, method, url);
    if (!kind) return false;
    const { statusCode, headers, body } = probeAnswer(drain, kind);
    drain.discount(response as ServerResponse);
    (response as ServerResponse).writeHead(statusCode, headers).end(method === 'HEAD' ? undefined : body);
    return true;
  },
  /** A server that handles streams itself; where it handles requests, these come of the streams. */
  stream(server, drain, kinds, [stream, head]) {
    const { ':method': method, ':path': path } = head as Record<string, string>;
    const kind = server.listenerCount('request') === 0 ? kindOf(kinds, method, path) : undefined;
    if (!kind) return false;
    const { statusCode, headers, body } = probeAnswer(drain, kind);
    (stream as ServerHttp2Stream).respond({ ':status': statusCode, ...headers });
    (stream as ServerHttp2Stream).end(method === 'HEAD' ? undefined : body);
    return true;
  },
};
