import type { Feature } from '../subject/protocol.js';

/** What http-drain has: everything that a situation may ask for. */
export const features: readonly Feature[] = [
  'report',
  'signal',
  'lameDuck',
  'quiet',
  'lateRequests',
  'hooks',
  'background',
  'webSockets',
  'lateTracking',
  'closesNewServers',
  'readiness',
];
