import type http from 'node:http';
import type http2 from 'node:http2';
import type { Express } from 'express';
import type { FastifyInstance } from 'fastify';
import type { WebSocketServer } from 'ws';
import type { Feature, Setup } from './protocol.js';

export type Server = http.Server | http2.Http2Server | http2.Http2SecureServer;

/** The server that a library is to shut down, at the point where its documentation would have one call it. */
export interface Host {
  setup: Setup;
  server: Server;
  /** Set for framework 'express': before any route was added. */
  app?: Express;
  /** Set for framework 'fastify': before any route was added. */
  fastify?: FastifyInstance;
  /** Tells the test that something happened. */
  log(text: string): void;
}

/** A library at work on one server. */
export interface Attachment {
  /** Begins the shutdown; settles when the library says that it is over. The value is its report, if it has one. */
  begin(): unknown;
  signal?: AbortSignal;
  ready?(): boolean;
  waitUntil?(work: Promise<unknown>, name: string): void;
  trackWebSockets?(server: WebSocketServer, options: { spreadMs?: number }): void;
  /** Tracks a server that begins to listen while the drain is under way. */
  track?(server: Server): void;
  phase?(): string;
  snapshot?(): unknown;
}

/** One way of shutting a server down, behind the one face that the situations know. */
export interface Library {
  name: string;
  features: readonly Feature[];
  /** It is for a server that has its handlers already. */
  afterRoutes?: boolean;
  fastifyOptions?: object;
  attach(host: Host): Attachment | Promise<Attachment>;
}
