export type { BackgroundWork } from './background.js';
export type { ConnectionState } from './connection.js';
export { checkDrain, type Drain, type DrainSnapshot, type TrackOptions } from './drain.js';
export { DrainError, type DrainErrorCode } from './errors.js';
export type { RequestInfo } from './exchange.js';
export type { HookFunction, HookReport, HookStage } from './hooks.js';
export type { ConnectionCounts, RequestCounts } from './ledger.js';
export type {
  DrainChannels,
  LateServerMessage,
  ListenErrorMessage,
  PhaseMessage,
  ReportMessage,
} from './observability.js';
export type { DrainLogger, DrainOptions } from './options.js';
export type { Phase, PhaseDurations } from './phase.js';
export { type ProbeAnswer, type ProbeKind, type ProbePaths, probeAnswer, probesByPath } from './probes.js';
export { afterDrain, beforeDrain, createDrain, processDrain, shutdown, waitUntil } from './process-drain.js';
export type { DrainReport, LateServer } from './report.js';
export { type UntilSignalOptions, untilSignal } from './signals.js';
export type { WebSocketLike, WebSocketOptions, WebSocketServerLike } from './websockets.js';
