import type { Code, Severity } from '../model.js';

/** What a code stands for, whatever the service. */
export interface CauseText {
  /** In a few words. */
  name: string;
  severity: Severity;
  /** What must have been seen before a service is blamed for it. */
  known: string;
  /** Why requests are lost by it. */
  why: string;
  /** What to write; by runtime where that differs. */
  fix: { any: string } & Partial<Record<string, string>>;
}

const NODE_DRAIN = `import { processDrain, shutdown, untilSignal } from '@http-drain/core';
processDrain.track(server); // Express: app.use(drain()); Fastify: gracefulPlugin
await untilSignal();
await shutdown();
// or change nothing: node --import @http-drain/core/register server.js`;

export const CAUSES: Record<Code, CauseText> = {
  D001: {
    name: 'the signal never reached the process that listens',
    severity: 'error',
    known:
      'The process that was signalled is gone, and another one holds the listening socket and goes on listening.',
    why: 'The process that was started got the signal and ended, and the one that listens knows nothing of it. In a container it is killed without a word as soon as the first one has gone.',
    fix: {
      any: 'Start the service itself, not a shell or a package manager around it: CMD ["node", "server.js"]; in a shell script: exec node server.js',
    },
  },
  D002: {
    name: 'no handler for the signal',
    severity: 'error',
    known:
      'The process died of the signal itself within 250 ms (inferred: within 2 s), with requests open, and had answered nothing that came while it was frozen, or later.',
    why: 'The process died of the signal at once: nothing in it handles the signal.',
    fix: {
      any: 'Handle SIGTERM: stop listening, let the requests in flight end, then exit.',
      node: NODE_DRAIN,
      python:
        'Run the app under a server that stops gracefully (gunicorn, uvicorn, hypercorn), or handle SIGTERM by server.shutdown().',
      go: 'ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)\n<-ctx.Done()\nsrv.Shutdown(context.Background())',
    },
  },
  D003: {
    name: 'it exits while requests are open',
    severity: 'error',
    known:
      'The process ended by an exit code (or later by the signal), and requests that it had accepted ended at that moment. What it destroyed before is not put down to its end where it was seen to run on; what it destroyed right before it ended looks the same from outside, since the kernel may deliver it together, so this is inferred.',
    why: 'The process ended, by its own decision, while requests were under way.',
    fix: {
      any: 'Exit when the last request has been answered, not before.',
      nginx:
        'SIGTERM is its fast shutdown. Stop it by SIGQUIT, the graceful one (in a Dockerfile: STOPSIGNAL SIGQUIT).',
      node: `Instead of process.exit() in the signal's handler:\n${NODE_DRAIN}`,
    },
  },
  D004: {
    name: 'SIGKILL was needed',
    severity: 'error',
    known: 'The drill had to send SIGKILL when the grace period was over.',
    why: 'It was alive at the end of the grace period, when a platform kills what is left.',
    fix: {
      any: 'Stop listening at the signal, and set a deadline of your own that is shorter than the grace period.',
      node: NODE_DRAIN,
    },
  },
  D005: {
    name: 'a second signal cuts it short',
    severity: 'error',
    known:
      'A round of its own: a second signal 100 ms after the first. The process ended after it, with requests open.',
    why: 'A second signal right after the first ended the process. npm, tini -g and a terminal deliver one stop twice.',
    fix: {
      any: 'Ignore a signal that follows within half a second of the first.',
      node: `process.on('SIGTERM', ...) and not process.once: after \`once\` the second signal has no handler and kills. Or:\n${NODE_DRAIN}`,
    },
  },
  D007: {
    name: 'the accept queue was reset',
    severity: 'error',
    known:
      'The request was reset without a byte, its connection was never accepted (in /proc/net/tcp no process holds it), and the listening socket went at that moment.',
    why: 'The listening socket was closed while connections waited in it: the kernel resets whatever was not accepted.',
    fix: {
      any: 'Accept what waits before you close the listening socket, or tell the load balancer first (readiness 503) and go on accepting until it has listened.',
      node: NODE_DRAIN,
      go: 'Answer 503 on the readiness path and go on serving for some seconds before srv.Shutdown(ctx): it closes the listener first.',
      nginx: 'Let the load balancer look away first: a preStop sleep before nginx -s quit.',
    },
  },
  D008: {
    name: 'a request that lay unread was reset',
    severity: 'error',
    known:
      'The request was reset without a byte, and lay unread in its socket at the signal (rx_queue in /proc/net/tcp).',
    why: 'Its connection was taken for idle and closed, with a whole request lying unread in the kernel.',
    fix: {
      any: 'Read what has arrived before you close a connection as idle.',
      node: NODE_DRAIN,
      go: 'Answer Connection: close for some seconds before srv.Shutdown(ctx), so that no connection is kept when it closes the idle ones.',
    },
  },
  D009: {
    name: 'it listens, and does not accept',
    severity: 'error',
    known:
      'Connections that came after the signal were taken by the kernel, waited for more than 100 ms, got no byte, and were reset when the listening socket went. None that came after them was served.',
    why: 'The listening socket stayed open and nobody accepted from it: clients connect, wait, and are reset in the end, where a closed socket would have sent them elsewhere.',
    fix: {
      any: 'Close the listening socket (in every process that holds it) when you stop accepting from it.',
    },
  },
  D010: {
    name: 'a request that was read got no answer',
    severity: 'error',
    known:
      'The request had been read (nothing lay in its socket), and its connection was closed without a byte while the process lived on.',
    why: 'The service had read the request, and closed the connection without a byte of an answer.',
    fix: {
      any: 'Let requests in flight end before you close their connections.',
      node: `closeAllConnections() destroys requests in flight. Instead:\n${NODE_DRAIN}`,
    },
  },
  D011: {
    name: 'an answer was cut short',
    severity: 'error',
    known: 'Fewer bytes came than Content-Length says, or the last chunk did not come.',
    why: 'The connection was closed before the whole answer had gone out.',
    fix: {
      any: 'Close a connection when its answer has been flushed, not when it has been written.',
      node: `server.close() takes an answer whose end() was called as idle and destroys it, unsent bytes and all. Instead:\n${NODE_DRAIN}`,
    },
  },
  D012: {
    name: 'an answer was destroyed by a reset',
    severity: 'error',
    known:
      'A client that sends 8 MB before it reads anything met a reset while it was sending. The same upload was answered before the signal.',
    why: 'The connection was closed with an upload unread: the kernel sends a reset then, which destroys the answer for a client that is still sending (RFC 9112 section 9.6).',
    fix: {
      any: 'Close the sending side first, and read and discard what still comes for a while (a lingering close).',
      node: NODE_DRAIN,
      nginx: 'lingering_close always;',
    },
  },
  D013: {
    name: 'a half-received request was dropped',
    severity: 'error',
    known: 'We held the rest of a head or of a body, and the connection was closed.',
    why: 'The connection was closed while its request was still arriving.',
    fix: {
      any: 'A connection on which a request has begun is not idle: receive it, answer it, then close.',
      node: NODE_DRAIN,
    },
  },
  D014: {
    name: 'a request that was taken after the signal was not served',
    severity: 'error',
    known:
      'A request that came after the signal got a status that such requests got in no round before it, or its connection was accepted and closed without a byte.',
    why: 'The service goes on taking requests after the signal and does not serve them. A client sends elsewhere what was refused; it does not send again what was answered 503, or dropped.',
    fix: {
      any: 'Serve what you take, or take nothing: close the listening socket.',
      node: NODE_DRAIN,
    },
  },
  D015: {
    name: 'requests met the close of their connections',
    severity: 'error',
    known:
      'Requests were sent within a round trip and 5 ms before the end of their connection was seen, and got no byte back: under load, at more than two moments, on more than 1 % of the connections that were kept (in a rolling restart: at more moments than a fifth of those of one restart), and not for want of a core; with --strict, any.',
    why: 'A client cannot tell such a request from one that was taken. One alone no service can rule out (RFC 9112 section 9.6); many are the mark of connections that are closed while they are in use.',
    fix: {
      any: 'Answer Connection: close for a while before you close kept connections, and read what has arrived before you close one as idle.',
      node: NODE_DRAIN,
    },
  },
  D016: {
    name: 'a rolling restart lost requests',
    severity: 'error',
    known:
      'With --rolling, through a proxy, or at the instance that was not being stopped: the answer had another status than the service gives (502, 503, 504), was cut short, or did not come, while an instance was restarted (inferred), or later (unknown). Through a proxy nobody sees which of the faults of the instance it was: the drill without --proxy does.',
    why: 'While one instance was stopped and the other one served, clients did not get their answers.',
    fix: {
      any: 'Answer 503 on the readiness path at the signal and go on serving until the load balancer has looked away; answer what was sent on kept connections, and say Connection: close.',
      node: NODE_DRAIN,
    },
  },
  D020: {
    name: 'it waits for idle keep-alive connections',
    severity: 'warn',
    known:
      'Nothing was in flight and nothing listened for more than a second. The same round without kept connections ended in time.',
    why: 'Nothing is in flight, and it waits until its clients, or their time-out, close the connections that they keep.',
    fix: {
      any: 'Close idle connections when draining begins, and each other one after its answer (Connection: close).',
      node: NODE_DRAIN,
    },
  },
  D021: {
    name: 'it lives on after its last connection has closed',
    severity: 'warn',
    known:
      'No process held a connection any more, and the process lived on for more than a second. Where that could not be seen, the cause is unknown.',
    why: 'Something else keeps the process: a timer, a pool of database connections, a worker, a queue.',
    fix: {
      any: 'Close what else is open once the last request is done.',
      node: "process.getActiveResourcesInfo() says what keeps it. afterDrain('db', () => db.close()) of @http-drain/core is the place to close it.",
    },
  },
  D022: {
    name: 'it is held by a connection that says nothing',
    severity: 'warn',
    known:
      'Nothing was in flight and nothing listened for more than a second. The same round without silent connections ended in time.',
    why: 'A silent client, half a handshake, a stream or a WebSocket holds it: one such client holds up every deployment.',
    fix: {
      any: 'End streams yourself at the signal, and close connections that have not sent anything.',
      node: NODE_DRAIN,
    },
  },
  D030: {
    name: 'readiness still says yes',
    severity: 'warn',
    known:
      'The readiness path was asked every 20 ms, and said 2xx at least twice, and never anything else, from 100 ms after the signal on.',
    why: 'After the signal the readiness path went on answering 2xx: a load balancer goes on sending.',
    fix: {
      any: 'Answer 503 on the readiness path from the signal on.',
      node: 'processDrain.ready of @http-drain/core is what it should answer.',
    },
  },
  D031: {
    name: 'nothing tells a load balancer to stop sending',
    severity: 'warn',
    known: 'None of the usual readiness paths answers 2xx (or every path does, which says nothing).',
    why: 'No readiness path was found: a load balancer learns of the stop by a connection that is refused.',
    fix: {
      any: 'Answer 200 on a readiness path, such as /readyz, and 503 from the signal on.',
      node: "Answer 200 on a readiness path, and 503 from the signal on:\napp.use(drain({ readiness: '/readyz' })); // or HTTP_DRAIN_READINESS=/readyz, for register",
    },
  },
  D032: {
    name: 'liveness fails while it drains',
    severity: 'warn',
    known: 'The liveness path answered an error after the signal.',
    why: 'The liveness path answered an error after the signal: an orchestrator may kill a process that fails it.',
    fix: { any: 'Liveness says 200 until the process is done; only readiness changes.' },
  },
  D033: {
    name: 'the listener closed before its time',
    severity: 'error',
    known: 'The listening socket went before the time that --expect names.',
    why: 'The listening socket was to stay open for longer, so that load balancers have time to look away.',
    fix: { any: 'Wait before you stop listening: lameDuckMs of @http-drain/core.' },
  },
  D040: {
    name: 'answers do not say that the connection ends',
    severity: 'warn',
    known:
      'An HTTP/1.1 answer that began well after the listening socket had gone did not say Connection: close, and nothing was served on its connection after it.',
    why: 'Answers after the signal keep the connection, and then it is closed: a client that sends its next request at that moment loses it.',
    fix: { any: 'Answer Connection: close from the signal on.', node: NODE_DRAIN },
  },
  D041: {
    name: 'no GOAWAY',
    severity: 'error',
    known: 'The session ended without a GOAWAY frame.',
    why: 'An HTTP/2 session was closed without a GOAWAY: its client cannot know which requests were taken.',
    fix: {
      any: 'Send GOAWAY with the last stream id that was taken before you close a session.',
      node: NODE_DRAIN,
    },
  },
  D042: {
    name: 'a stream that GOAWAY took in was not answered',
    severity: 'error',
    known: 'A stream with an id up to the last one that GOAWAY named was not answered.',
    why: 'GOAWAY named a last stream id, and a stream up to it got no answer: its client must not send it again.',
    fix: { any: 'Answer every stream up to the id that GOAWAY names.', node: NODE_DRAIN },
  },
  D043: {
    name: 'GOAWAY welcomed new streams, which were then dropped',
    severity: 'error',
    known:
      'GOAWAY named 2^31-1 as the last stream id, no later one named less, and a stream that came was not answered.',
    why: 'GOAWAY with the highest id says that new streams are still taken; no second GOAWAY said which were not.',
    fix: {
      any: 'Follow it by a GOAWAY with the true last stream id, and answer the streams up to it.',
      node: NODE_DRAIN,
    },
  },
  D044: {
    name: 'a WebSocket was closed without a close frame',
    severity: 'warn',
    known: 'The WebSocket ended without a close frame.',
    why: 'The client sees an abnormal end (1006), which it cannot tell from a crash.',
    fix: { any: 'Send a close frame, 1001, to every WebSocket before you close it.' },
  },
  D050: {
    name: 'exit code',
    severity: 'warn',
    known:
      "The process ended by another exit code than 0 or 128 + the signal's number, with nothing lost by it.",
    why: 'A supervisor takes an exit code other than 0 for a crash: it restarts, alerts, or counts a failed deployment.',
    fix: { any: 'Exit with 0 (or die of the signal) when nothing was lost.' },
  },
  D090: {
    name: 'the drill is unreliable',
    severity: 'warn',
    known:
      "The drill's own loop was more than 50 ms late at the signal, the service waited long for a core, connections could not be prepared, the service refused or dropped some before the signal, or nothing was in flight.",
    why: 'The drill itself was too slow, or could not be prepared: what it saw proves nothing.',
    fix: { any: 'Run it again on a machine that has less to do.' },
  },
};

/** The line that mends it, for this runtime where it is known. */
export function fixOf(code: Code, runtime: string | null): string {
  const { fix } = CAUSES[code];
  return (runtime !== null ? fix[runtime] : undefined) ?? fix.any;
}
