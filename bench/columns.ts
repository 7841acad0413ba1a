import { httpDrain, httpDrainFastifyClose, serverClose } from '../test/support/libraries/index.js';
import { type Kind, kinds } from '../test/support/situation.js';

/** A library, and the kinds of server that it is played on: for each situation, the first one that it applies to. */
export interface Column {
  title: string;
  library: string;
  kinds: readonly Kind[];
  freshProcesses?: boolean;
}

const peer = (name: string): string => new URL(`./peers/${name}.ts`, import.meta.url).href;
const onNode = [kinds.http, kinds.https, kinds.h2];
const onFastify = [kinds.fastify, kinds.fastifyHttps, kinds.fastifyH2];

export const columns: readonly Column[] = [
  { title: 'http-drain', library: httpDrain, kinds: onNode },
  { title: 'http-drain, fastify.close()', library: httpDrainFastifyClose, kinds: onFastify },
  { title: 'http-terminator', library: peer('http-terminator'), kinds: onNode },
  { title: 'lil-http-terminator', library: peer('lil-http-terminator'), kinds: onNode },
  { title: 'stoppable', library: peer('stoppable'), kinds: onNode },
  { title: 'http-graceful-shutdown', library: peer('http-graceful-shutdown'), kinds: onNode },
  { title: '@godaddy/terminus', library: peer('terminus'), kinds: onNode, freshProcesses: true },
  { title: 'http-shutdown', library: peer('http-shutdown'), kinds: onNode },
  { title: 'fastify.close()', library: peer('fastify-close'), kinds: onFastify },
  { title: 'fastify.close(), force', library: peer('fastify-force'), kinds: onFastify },
  { title: 'close-with-grace', library: peer('close-with-grace'), kinds: onFastify, freshProcesses: true },
  { title: 'server.close()', library: serverClose, kinds: onNode },
];
