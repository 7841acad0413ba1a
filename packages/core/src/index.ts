export type { BackgroundWork } from './drain/background.js';
export {
  checkDrain,
  type Drain,
  type DrainSnapshot,
  type PartOptions,
  type Readiness,
  type TrackOptions,
} from './drain/drain.js';
export { DrainError, type DrainErrorCode } from './drain/errors.js';
export type { Fault } from './drain/faults.js';
export type { HookFunction, HookReport, HookStage } from './drain/hooks.js';
export type { ResponseLike } from './drain/leaving.js';
export { checkAdapterOptions, type DrainLogger, type DrainOptions } from './drain/options.js';
export type { Phase, PhaseDurations } from './drain/phase.js';
export {
  type ProbeAnswer,
  type ProbeKind,
  type ProbePaths,
  probeAnswer,
  type ReadinessOptions,
} from './drain/probes.js';
export type { CheckResult, ReadinessCheck } from './drain/readiness-checks.js';
export type { DrainedServer, DrainReport, LateServer } from './drain/report.js';
export type { WebSocketLike, WebSocketOptions, WebSocketServerLike } from './drain/websockets.js';
export { type AnswerProbe, createProbes, type ProbeOptions } from './process/create-probes.js';
export {
  afterDrain,
  beforeDrain,
  createDrain,
  onDrain,
  processDrain,
  setReady,
  shutdown,
  waitUntil,
} from './process/process-drain.js';
export { type UntilSignalOptions, untilSignal } from './process/signals.js';
export type {
  DrainChannels,
  LateServerMessage,
  ListenErrorMessage,
  PhaseMessage,
  ReportMessage,
} from './tell/channels.js';
export type { ConnectionState } from './traffic/connection.js';
export type { RequestInfo, StuckRequest } from './traffic/exchange.js';
export type { ConnectionCounts, RequestCounts } from './traffic/ledger.js';
export { handsErrorToCaller, type ListenErrorTaker } from './traffic/listen-errors.js';
