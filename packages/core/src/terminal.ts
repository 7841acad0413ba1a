import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type Drain, type DrainReport, type DrainSnapshot, processDrain } from './index.js';
import { hush } from './node/hush.js';
import { clearTimeout, setInterval, type Timer } from './node/timers.js';
import type { PhaseMessage, ReportMessage } from './tell/channels.js';
import { progressBlock, progressLine } from './tell/progress-text.js';
import { describeReport } from './tell/report-text.js';

const REDRAW_MS = 100;
const LINE_MS = 1_000;

export interface ProgressOptions {
  /** The drain to show. Default the process drain. */
  drain?: Drain | undefined;
  /** Where to show it. Default stderr. */
  stream?: NodeJS.WriteStream | undefined;
}

interface View {
  draw(snapshot: DrainSnapshot): void;
  end(report: DrainReport): void;
}

/**
 * Shows the progress of a drain in a terminal, for development: phase, time left, what is in flight, what hooks are
 * still to run. Nothing is shown before the drain begins.
 *
 * In a terminal the display redraws itself, by log-update (an optional peer dependency); without log-update, and
 * where `stream` is no terminal, it is a line a second. Other output to the same terminal while it redraws, as that
 * of a logger, spoils the picture: use one of the two.
 *
 * @returns a function that ends it, which the end of the drain does too
 *
 * @example
 * ```ts
 * if (process.stderr.isTTY) showProgress();
 * await untilSignal();
 * await shutdown();
 * ```
 */
export function showProgress({
  drain = processDrain,
  stream = process.stderr,
}: ProgressOptions = {}): () => void {
  let view = lineView(stream);
  let timer: Timer | undefined;
  let unhush: (() => void) | undefined;

  const start = () => {
    if (timer) return;
    unhush = hush(stream);
    timer = setInterval(() => view.draw(drain.snapshot()), REDRAW_MS);
    timer.unref();
  };
  const onPhase = (message: unknown) => {
    if ((message as PhaseMessage).drain === drain) start();
  };
  const onReport = (message: unknown) => {
    const { drain: reported, report } = message as ReportMessage;
    if (reported !== drain) return;
    stop();
    view.end(report);
  };
  const stop = () => {
    clearTimeout(timer);
    unhush?.();
    unsubscribe('http-drain:phase', onPhase);
    unsubscribe('http-drain:report', onReport);
  };

  if (drain.phase === 'closed') return stop;
  subscribe('http-drain:phase', onPhase);
  subscribe('http-drain:report', onReport);
  if (drain.phase !== 'serving') start();
  if (stream.isTTY) {
    void redrawingView(stream).then((redrawing) => {
      view = redrawing ?? view;
    });
  }
  return stop;
}

/** A line at each new phase, and one a second. */
function lineView(stream: NodeJS.WritableStream): View {
  let phase = '';
  let ticks = 0;
  return {
    draw(snapshot) {
      const due = snapshot.phase !== phase || ++ticks >= LINE_MS / REDRAW_MS;
      if (!due) return;
      phase = snapshot.phase;
      ticks = 0;
      stream.write(`http-drain: ${progressLine(snapshot)}\n`);
    },
    end(report) {
      for (const line of describeReport(report)) stream.write(`http-drain: ${line}\n`);
    },
  };
}

/** Undefined without log-update. It is an ES module, which a CommonJS one, as this is once built, imports so. */
async function redrawingView(stream: NodeJS.WriteStream): Promise<View | undefined> {
  const library = await import('log-update').catch(() => undefined);
  // Hiding the cursor would need listeners for signals, to show it again.
  const redraw = library?.createLogUpdate(stream, { showCursor: true });
  return (
    redraw && {
      draw: (snapshot) => redraw(progressBlock(snapshot)),
      end(report) {
        redraw(describeReport(report).join('\n  '));
        redraw.done();
      },
    }
  );
}
