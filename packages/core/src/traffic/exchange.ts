import { elapsed, now } from '../node/clock.js';
import type { Announcement } from './announcement.js';

/** What is said of a request: in the snapshot, in the report's `stuck`, in log lines. */
export interface RequestInfo {
  method: string;
  /** The path; with `urls: 'full'` the query string too. */
  url: string;
  /** Milliseconds since the request's head had been read. */
  ageMs: number;
  /** `'http/1.1'`, `'http/1.0'` or `'h2'`; of a socket that was handed over, `'websocket'`, `'connect'` and the like. */
  protocol: string;
  remoteAddress: string | undefined;
}

/** A request that the deadline, or `force()`, cut short. */
export interface StuckRequest extends RequestInfo {
  /** Its client got a 503 with Retry-After: no head of an answer had gone out yet. */
  answered: boolean;
  /** It was on a server that is tracked with `probe: true`, whose requests are in no count. */
  probe?: true;
}

/** The part of Node's request objects, HTTP/1 and HTTP/2, that is reported. */
export interface RequestHead {
  method?: string | undefined;
  url?: string | undefined;
  /** Express keeps the URL as it came here, and changes `url` while routing. */
  originalUrl?: string | undefined;
}

/** The origin of an absolute URL, which may hold a password (RFC 9112 section 3.2.2), and the query string. */
const ALL_BUT_PATH = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*|[?#].*$/gis;

/** The path of what was asked for. */
export const pathOf = (url: string): string => url.replace(ALL_BUT_PATH, '');

/** What an exchange needs of the connection that it came on. */
export interface Carrier {
  /** What the connection belongs to. */
  readonly home: object;
  readonly remoteAddress: string | undefined;
  /** Was its last request a health probe? */
  probing: boolean;
  protocol(request: RequestHead): string;
  /** Answers from now on tell the client to go. */
  announce(): void;
}

/** One request and its answer, from the request's head to the end of the answer or of its connection. */
export class Exchange {
  readonly startedAt = Math.trunc(now());
  /** It arrived after draining had begun. */
  late = false;
  /** It, or the beginning of one before it, had come before draining settled: it is served in any case. */
  promised = false;
  /** It is answered 503, by `lateRequests: 'reject'`. */
  refused = false;
  /** It was answered 503 at the deadline, in the place of its handler. */
  cutShort = false;
  /** Its place among those in flight, which {@link InFlight} alone changes. */
  inFlight = false;
  older: Exchange | undefined;
  newer: Exchange | undefined;
  /** What the answer's head will say of the connection; there from the lame duck on, for HTTP/1. */
  announcement: Announcement | undefined;

  constructor(
    readonly connection: Carrier,
    readonly request: RequestHead,
    /** Node's response or stream: what tells this exchange from others on its connection. */
    readonly answer: object,
  ) {}

  describe(urls: 'path' | 'full'): RequestInfo {
    const { connection, request, startedAt } = this;
    const protocol = connection.protocol(request);
    return describeRequest(request, urls, {
      since: startedAt,
      protocol,
      remoteAddress: connection.remoteAddress,
    });
  }
}

export function describeRequest(
  { method, originalUrl, url: own }: RequestHead,
  urls: 'path' | 'full',
  { since, protocol, remoteAddress }: { since: number; protocol: string; remoteAddress: string | undefined },
): RequestInfo {
  // Others may have put there what is no string.
  const url = [originalUrl, own].find((text) => typeof text === 'string') ?? '';
  return {
    method: method ?? '',
    url: urls === 'full' ? url : pathOf(url),
    ageMs: elapsed(since),
    protocol,
    remoteAddress,
  };
}
