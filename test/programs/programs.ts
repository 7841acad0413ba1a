import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Child, Exit } from '../process/child.js';
import { accepts, freePort } from '../process/client.js';
import { Crowd, type Outcome, PATHS, type Paths } from '../register/crowd.js';
import { startBare, startRegistered } from '../register/registered.js';
import { GrpcCrowd } from './grpc-crowd.js';
import { SocketCrowd } from './socket-crowd.js';

/** A program of somebody else's framework, unchanged, and how it ends where nothing is lost. */
export interface Program {
  name: string;
  /** Its main, below `apps/`. */
  main: string;
  signal: NodeJS.Signals;
  exit: Exit;
  paths?: Paths;
  crowd?: 'grpc' | 'sockets';
}

const zero: Exit = { code: 0, signal: null };
const nextPaths: Paths = { quick: '/', slow: '/api/slow', big: '/api/big' };

export const PROGRAMS: readonly Program[] = [
  { name: 'Express, `process.exit(0)`', main: 'express.mjs', signal: 'SIGTERM', exit: zero },
  { name: 'Hono on node-server, as documented', main: 'hono.mjs', signal: 'SIGTERM', exit: zero },
  {
    name: 'the same, SIGINT: `server.close(); process.exit(0)`',
    main: 'hono.mjs',
    signal: 'SIGINT',
    exit: zero,
  },
  { name: 'Fastify, close-with-grace', main: 'fastify.mjs', signal: 'SIGTERM', exit: zero },
  {
    name: 'NestJS, `enableShutdownHooks()`',
    main: 'nest.cjs',
    signal: 'SIGTERM',
    exit: { code: null, signal: 'SIGTERM' },
  },
  { name: 'socket.io, `io.close()`', main: 'socket-io.mjs', signal: 'SIGTERM', exit: zero, crowd: 'sockets' },
  { name: '@grpc/grpc-js, `tryShutdown()`', main: 'grpc.mjs', signal: 'SIGTERM', exit: zero, crowd: 'grpc' },
  { name: 'srvx (Nitro 3, h3)', main: 'srvx.mjs', signal: 'SIGTERM', exit: zero },
  {
    name: 'SvelteKit, adapter-node',
    main: 'sveltekit/build/index.js',
    signal: 'SIGTERM',
    exit: zero,
    paths: { ...PATHS, quick: '/' },
  },
  {
    name: 'Next.js, standalone',
    main: 'next/.next/standalone/apps/next/server.js',
    signal: 'SIGTERM',
    exit: { code: 143, signal: null },
    paths: nextPaths,
  },
];

export interface Stop extends Outcome {
  exit: Exit;
  child: Child;
}

/** A program that has not ended after this long is killed. */
const PATIENCE_MS = 20_000;

/** Starts a program, with `register` before it or not, and stops it amid its clients. */
export async function stop(program: Program, registered: boolean): Promise<Stop> {
  const port = await freePort();
  const main = fileURLToPath(new URL(`apps/${program.main}`, import.meta.url));
  const env = { PORT: String(port), NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' };
  const child = (registered ? startRegistered : startBare)(main, { env });
  await listening(child, port);
  const crowd = await crowdOf(program, port);
  await crowd.queueUp(child, program.signal);
  const outcome = await crowd.outcome();
  const late = new AbortController();
  void delay(PATIENCE_MS, undefined, { signal: late.signal }).then(
    () => child.kill(),
    () => {},
  );
  const exit = await child.exited;
  late.abort();
  return { ...outcome, exit, child };
}

function crowdOf({ crowd, paths }: Program, port: number): Promise<Crowd | GrpcCrowd | SocketCrowd> {
  if (crowd === 'grpc') return GrpcCrowd.arrive(port);
  if (crowd === 'sockets') return SocketCrowd.arrive(port);
  return Crowd.arrive(port, paths);
}

/** Programs that say nothing of it are asked. */
async function listening(child: Child, port: number): Promise<void> {
  let ended = false;
  void child.exited.then(() => {
    ended = true;
  });
  while (!(await accepts(port))) {
    if (ended) throw new Error(`It ended before it listened.\n${child.transcript}`);
    await delay(20);
  }
}
