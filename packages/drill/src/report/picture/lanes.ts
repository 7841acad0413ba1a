import type { Probe } from '../../model.js';
import { exitText, time } from '../words.js';
import { cap } from './caps.js';
import { type Block, type Frame, fit, hover, label, line, MARGIN, rect, widthOf } from './frame.js';

const PITCH = 19;
const BAR = 9;

/** What the service showed of itself: readiness, liveness, its listening socket, its process. */
export function lanes(frame: Frame): Block {
  const { round } = frame;
  const probe = (kind: Probe['kind']) => round.probes.find((one) => one.kind === kind);
  const all = [
    (y: number) => probeLane(frame, 'readiness', probe('readiness'), y),
    (y: number) => probeLane(frame, 'liveness', probe('liveness'), y),
    (y: number) => listenerLane(frame, y),
    (y: number) => processLane(frame, y),
  ];
  return {
    height: all.length * PITCH + 6,
    draw: (y) => all.map((lane, index) => lane(y + 4 + index * PITCH)).join(''),
  };
}

function name(frame: Frame, text: string, y: number): string {
  return label(fit(text, frame.left - MARGIN - 8, 12), frame.left - 8, y + BAR, 'bold', 'end');
}

function probeLane(frame: Frame, kind: Probe['kind'], probe: Probe | undefined, y: number): string {
  frame.anchors.set(kind === 'readiness' ? 'D030' : 'D032', { x: frame.x(0), y: y + BAR / 2 });
  if (kind === 'readiness') frame.anchors.set('D031', { x: frame.x(0) - 4, y: y + BAR / 2 });
  const title = name(frame, kind, y);
  if (probe === undefined) return title + label('no path found', frame.left + 4, y + BAR, 'small dim onbar');
  return (
    title +
    stretches(probe)
      .map((stretch) => probeBar(frame, stretch, y))
      .join('')
  );
}

interface Stretch {
  from: number;
  to: number;
  status: number | null;
}

/** Samples in a row that said the same. */
function stretches({ samples }: Probe): Stretch[] {
  const all: Stretch[] = [];
  for (const { at, status } of samples) {
    const last = all.at(-1);
    if (last !== undefined) last.to = at;
    if (last?.status !== status) all.push({ from: at, to: at, status });
  }
  return all;
}

function probeBar(frame: Frame, { from, to, status }: Stretch, y: number): string {
  const x = frame.x(from);
  const width = Math.max(frame.x(to) - x, 3);
  const said = hover(`${status ?? 'no answer'}, ${time(from)} to ${time(to)}`);
  if (status === null)
    return line(x, y + BAR / 2, x + width, y + BAR / 2, 'connecting') + cap('refused', x, y + BAR / 2, 3);
  const bar = rect(x, y, width, BAR, status < 400 ? 'open' : 'bad', said);
  const text = `${status}`;
  return width > widthOf(text, 11) + 8 && status >= 400
    ? bar + label(text, x + 4, y + BAR - 0.5, 'small bold')
    : bar;
}

function listenerLane(frame: Frame, y: number): string {
  const { scale, round } = frame;
  const closed = round.listenerClosedAt;
  const end = closed ?? scale.to;
  const x = frame.x(scale.from);
  const bar = rect(x, y, frame.x(end) - x, BAR, 'open', hover(`listening until ${time(end)}`));
  frame.anchors.set('D033', { x: frame.x(end), y: y + BAR / 2 });
  const title = name(frame, 'listener', y);
  return closed === null
    ? title + bar
    : title + bar + beside(frame, `closed, ${time(closed)}`, frame.x(closed), y);
}

function processLane(frame: Frame, y: number): string {
  const { scale, round } = frame;
  const x = frame.x(scale.from);
  const end = round.exit?.at ?? scale.to;
  const at = { x: frame.x(end), y: y + BAR / 2 };
  for (const code of ['D001', 'D002', 'D003', 'D004', 'D005', 'D020', 'D021', 'D022', 'D050'] as const) {
    frame.anchors.set(code, at);
  }
  const parts = [
    name(frame, 'process', y),
    rect(x, y, frame.x(end) - x, BAR, 'alive', hover(`process ${round.pid}, until ${time(end)}`)),
    ice(frame, y),
  ];
  if (round.exit === null) return parts.join('');
  const text = `${round.exit.killed ? 'SIGKILL' : exitText(round)}, ${time(end)}`;
  return [
    ...parts,
    round.exit.killed ? cap('reset', at.x, at.y, 4, 'capx') : '',
    beside(frame, text, at.x + 4, y),
  ].join('');
}

/** While it was frozen it could do nothing. */
function ice({ round, x, prefix }: Frame, y: number): string {
  const from = round.moments.find(({ what }) => what === 'frozen')?.at;
  const to = round.moments.find(({ what }) => what === 'thawed')?.at;
  if (from === undefined || to === undefined) return '';
  const bar = `<rect x="${x(from).toFixed(1)}" y="${y}" width="${(x(to) - x(from)).toFixed(1)}" height="${BAR}" fill="url(#${prefix}ice)">`;
  return `${bar}${hover(`frozen by the drill, ${time(from)} to ${time(to)}`)}</rect>`;
}

/** Right of a place, or in the margin where the time ends there. */
function beside(frame: Frame, text: string, x: number, y: number): string {
  const room = frame.width - x - 6;
  if (room > widthOf(text, 11)) return label(text, x + 5, y + BAR - 0.5, 'small');
  return label(text, x - 5, y + BAR - 0.5, 'small onbar', 'end');
}
