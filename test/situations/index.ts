import type { Situation } from '../support/situation.js';
import { clientSituations } from './clients.js';
import { connectionSituations } from './connections.js';
import { h2Situations } from './h2.js';
import { halfReceivedSituations } from './half-received.js';
import { inFlightSituations } from './in-flight.js';
import { kernelSituations } from './kernel.js';
import { lameDuckSituations } from './lame-duck.js';
import { lifecycleSituations } from './lifecycle.js';
import { lingerSituations } from './linger.js';
import { reportSituations } from './report.js';
import { slowReaderSituations } from './slow-reader.js';
import { streamSituations } from './streams.js';
import { webSocketSituations } from './web-sockets.js';

/** Everything that the contract says of traffic, in the order of its table. */
export const situations: readonly Situation[] = [
  ...inFlightSituations,
  ...slowReaderSituations,
  ...kernelSituations,
  ...connectionSituations,
  ...halfReceivedSituations,
  ...lingerSituations,
  ...h2Situations,
  ...streamSituations,
  ...webSocketSituations,
  ...clientSituations,
  ...lifecycleSituations,
  ...lameDuckSituations,
  ...reportSituations,
];
