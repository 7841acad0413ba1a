import type { Feature, Framework, Setup, Transport } from './subject/protocol.js';
import type { World } from './world.js';

/** A kind of server, and the protocol that its clients speak to it. */
export interface Kind {
  name: string;
  transport: Transport;
  framework: Framework;
  protocol: 'http1' | 'h2';
}

/**
 * One row of the contract, or a part of one, as something that can be played against any library on any kind of
 * server that it applies to.
 */
export interface Situation {
  /** What a server does that passes. */
  name: string;
  /** The row of the contract that it stands for. */
  row: string;
  protocol: Kind['protocol'] | 'any';
  /** Narrows the kinds further. */
  only?: (kind: Kind) => boolean;
  /** What a library must have for this to mean anything. */
  needs?: readonly Feature[];
  /** What differs from a listening server with a deadline of three seconds. */
  setup?: Partial<Omit<Setup, 'transport' | 'framework' | 'library'>>;
  /** A process warning belongs to it. */
  warns?: boolean;
  /** Throws, with a sentence that says what the client saw. */
  run(world: World): Promise<void>;
}

export const kinds = {
  http: { name: 'http', transport: 'http', framework: 'node', protocol: 'http1' },
  https: { name: 'https', transport: 'https', framework: 'node', protocol: 'http1' },
  http1OnH2: { name: 'HTTP/1 on an HTTP/2 server', transport: 'h2', framework: 'node', protocol: 'http1' },
  h2: { name: 'h2', transport: 'h2', framework: 'node', protocol: 'h2' },
  h2c: { name: 'h2c', transport: 'h2c', framework: 'node', protocol: 'h2' },
  express: { name: 'Express', transport: 'http', framework: 'express', protocol: 'http1' },
  fastify: { name: 'Fastify', transport: 'http', framework: 'fastify', protocol: 'http1' },
  fastifyHttps: { name: 'Fastify over https', transport: 'https', framework: 'fastify', protocol: 'http1' },
  fastifyH2: { name: 'Fastify over h2', transport: 'h2', framework: 'fastify', protocol: 'h2' },
} as const satisfies Record<string, Kind>;

export function applies(situation: Situation, kind: Kind, features: readonly Feature[]): boolean {
  if (situation.protocol !== 'any' && situation.protocol !== kind.protocol) return false;
  if (situation.only?.(kind) === false) return false;
  return (situation.needs ?? []).every((feature) => features.includes(feature));
}

export const isTls = (kind: Pick<Kind, 'transport'>): boolean =>
  kind.transport === 'https' || kind.transport === 'h2';
