import type { ListenErrorTaker } from '../traffic/listen-errors.js';
import type { Phase } from './phase.js';
import type { DrainReport, LateServer } from './report.js';

export type { ListenErrorTaker } from '../traffic/listen-errors.js';

/**
 * Who hears of what a drain does. The drain itself knows nothing of channels, log lines and the process: whoever makes
 * it hands this to it.
 */
export interface DrainObserver {
  onPhase(phase: Phase, previous: Phase): void;
  onReport(report: DrainReport): void;
  /** A tracked server failed where it does not listen. `take` answers for the error, so that Node does not throw it. */
  onListenError(error: Error, taker: ListenErrorTaker, take: () => void): void;
  /** A server that began to listen during the drain was closed. */
  onLateServer(server: LateServer): void;
  /** Something that the user should know of. */
  onWarning(fields: object, message: string): void;
  /** The end of the process is watched for from now on, until the function that this returns is called. */
  watchExit(): () => void;
  /** As `watchExit()`, of a drain that has not begun: its afterDrain hooks must have run when the process ends. */
  watchHooks(): () => void;
  /** A signal's drain, which its listener has begun by itself, has closed: the process is to end. */
  watchAfterwards(): void;
  /** It has options, and servers: `deadlineMs` tells what it is to be held to. */
  onConfigured(deadlineMs: () => number): void;
}
