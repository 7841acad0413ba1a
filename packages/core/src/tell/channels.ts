import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Drain } from '../drain/drain.js';
import type { ListenErrorTaker } from '../drain/observer.js';
import type { Phase } from '../drain/phase.js';
import type { DrainReport } from '../drain/report.js';
import type { Foreign } from '../node/foreign.js';
import { subscribersOf } from '../node/internals.js';

/** Published on `http-drain:phase` at each change of phase. */
export interface PhaseMessage {
  drain: Drain;
  phase: Phase;
  previous: Phase;
}

/** Published on `http-drain:report` when a drain has closed. */
export interface ReportMessage {
  drain: Drain;
  report: DrainReport;
}

/** Published on `http-drain:listen-error` when a tracked server failed before it listened. */
export interface ListenErrorMessage {
  drain: Drain;
  error: Error;
  /**
   * Who hears of it: a listener for 'error' of the program; whoever called `listen()`, by a callback or a promise of his
   * framework; or nobody, so that Node throws it.
   */
  taker: ListenErrorTaker;
  /** Answers for the error: Node does not throw it although nobody listens for 'error'. Only while being published. */
  take(): void;
}

/** Published on `http-drain:late-server` when a server that began to listen during a drain was closed. */
export interface LateServerMessage {
  drain: Drain;
  address: string;
}

/** The names of the channels of `node:diagnostics_channel`, and what is published on each. */
export interface DrainChannels {
  'http-drain:phase': PhaseMessage;
  'http-drain:report': ReportMessage;
  'http-drain:listen-error': ListenErrorMessage;
  'http-drain:late-server': LateServerMessage;
}

export function publish<Name extends keyof DrainChannels>(
  foreign: Foreign,
  name: Name,
  message: DrainChannels[Name],
): void {
  for (const subscriber of subscribersOf(channel(name))) {
    foreign.call(`a subscriber of ${name}`, () => subscriber(message, name));
  }
}

/** Calls back at each change of phase of one drain. Returns a function that ends it. */
export function onPhase(drain: Drain, callback: (phase: Phase) => void): () => void {
  const onMessage = (message: unknown) => {
    const { drain: changed, phase } = message as PhaseMessage;
    if (changed === drain) callback(phase);
  };
  subscribe('http-drain:phase', onMessage);
  return () => unsubscribe('http-drain:phase', onMessage);
}
