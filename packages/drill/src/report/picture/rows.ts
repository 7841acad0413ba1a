import type { Finding, Outcome, Situation, Visit, Witness } from '../../model.js';
import { OUTCOMES } from '../../model.js';
import { wrap } from '../look.js';
import { totalsText } from '../words.js';
import { cap } from './caps.js';
import { type Block, type Frame, hover, label, line, MARGIN, rect } from './frame.js';
import { packed } from './pack.js';

const TEXT = 14;

/** A row for each witness, those of one situation together under its name. */
export function rows(frame: Frame): Block[] {
  const { round, drilled } = frame;
  const ids = [
    ...new Set([...drilled.situations.map(({ id }) => id), ...round.witnesses.map((w) => w.situation)]),
  ];
  return ids.flatMap((id) => {
    const witnesses = round.witnesses.filter(({ situation }) => situation === id);
    const situation = drilled.situations.find((one) => one.id === id);
    return witnesses.length === 0 ? [] : [group(frame, situation?.title ?? id, witnesses)];
  });
}

function group(frame: Frame, title: Situation['title'], witnesses: readonly Witness[]): Block {
  const lines = packed(witnesses);
  const pitch = lines.length > 40 ? 3.5 : lines.length > 6 ? 7 : 10;
  const names = wrap(title, Math.floor((frame.left - MARGIN - 8) / (12 * 0.55)));
  const sums = sumsOf(frame, witnesses);
  const height = Math.max(lines.length * pitch, names.length * TEXT, sums.length * TEXT) + 7;
  return {
    height,
    draw: (y) => {
      const inner = (height - 7 - lines.length * pitch) / 2;
      const middle = (count: number) => y + 3.5 + (height - 7 - count * TEXT) / 2 + 11;
      return [
        line(MARGIN, y, frame.width - MARGIN, y, 'grid'),
        ...names.map((text, index) =>
          label(text, frame.left - 8, middle(names.length) + index * TEXT, 'name', 'end'),
        ),
        ...sums.map(({ text, kind }, index) =>
          label(text, frame.width - MARGIN, middle(sums.length) + index * TEXT, `small ${kind}`, 'end'),
        ),
        ...lines.map((row, index) => drawn(frame, row, y + 3.5 + inner + index * pitch, pitch)),
      ].join('');
    },
  };
}

/** "19 lost" above "1 answered". */
function sumsOf(_frame: Frame, witnesses: readonly Witness[]): { text: string; kind: string }[] {
  const outcomes = witnesses.flatMap(({ visits }) => visits.map(({ outcome }) => outcome));
  return OUTCOMES.toReversed()
    .map((outcome) => ({ outcome, count: outcomes.filter((one) => one === outcome).length }))
    .filter(({ count }) => count > 0)
    .map(({ outcome, count }) => ({
      text: totalsText({ ...NONE, [outcome]: count }),
      kind: outcome === 'lost' ? 'bold red' : 'dim',
    }));
}

const NONE = { sent: 0, answered: 0, refused: 0, 'closed-idle': 0, race: 0, lost: 0 };

/** Those that ended within a pixel or so of each other, and alike, are drawn once. */
function drawn(frame: Frame, row: readonly Witness[], y: number, pitch: number): string {
  let last: { x: number; outcome: Outcome } | undefined;
  return row
    .map((witness) => {
      const x = frame.x(witness.openedAt);
      const near = last !== undefined && last.outcome === witness.outcome && x - last.x < pitch;
      if (near && witness.outcome !== 'lost') return '';
      last = { x, outcome: witness.outcome };
      return one(frame, witness, y, pitch);
    })
    .join('');
}

function one(frame: Frame, witness: Witness, y: number, pitch: number): string {
  const bar = pitch - 2;
  const middle = y + pitch / 2;
  const codes = [...new Set(witness.visits.map(({ code }) => code).filter((code) => code !== null))];
  const findings = frame.drilled.findings.filter(({ code }) => codes.includes(code));
  const { how, at } = witness.end;
  const radius = Math.min(3, pitch / 2 - 0.8);
  const parts = [
    hover(told(witness, findings)),
    ...beforeLoss(witness).map((span) => spanOf(frame, span, middle, bar)),
    ...witness.visits.map((visit) => visitOf(frame, visit, middle, bar)),
    at === null || at > frame.scale.to || radius < 1
      ? ''
      : cap(how, frame.x(at), middle, radius, witness.outcome === 'lost' && how !== 'fin' ? 'capx' : 'cap'),
  ];
  return `<g>${parts.join('')}</g>`;
}

/** From the moment at which a lost request was sent there is nothing to be seen but its loss. */
function beforeLoss({ spans, visits }: Witness): Witness['spans'] {
  const lost = visits.filter(({ outcome }) => outcome === 'lost');
  return spans.filter(
    ({ from, to }) =>
      !lost.some(({ sentAt, endedAt }) => from >= (sentAt ?? Infinity) && to <= (endedAt ?? Infinity)),
  );
}

function told({ id, story }: Witness, findings: readonly Finding[]): string {
  return [`${id}: ${story}`, ...findings.map(({ code, title }) => `${code}: ${title}`)].join('\n');
}

function spanOf(frame: Frame, { from, to, state }: Witness['spans'][number], y: number, bar: number): string {
  if (to < frame.scale.from || from > frame.scale.to) return '';
  const x = frame.x(from);
  const width = frame.x(to) - x;
  switch (state) {
    case 'connecting':
    case 'idle':
      return line(x, y, x + width, y, state);
    case 'sending':
      return filled(frame, 'send', x, y - bar / 4, width, bar / 2);
    case 'waiting':
      return rect(x, y - bar / 4, width, bar / 2, state);
    case 'answering':
      return rect(x, y - bar / 2, Math.max(width, 2), bar, state);
  }
}

function filled(
  { prefix }: Frame,
  pattern: string,
  x: number,
  y: number,
  width: number,
  height: number,
): string {
  const box = [x, y, Math.max(width, 0), height].map((value) => Math.round(value * 10) / 10);
  const kind = pattern === 'lost' ? ' class="lost"' : '';
  return `<rect x="${box[0]}" y="${box[1]}" width="${box[2]}" height="${box[3]}" fill="url(#${prefix}${pattern})"${kind}/>`;
}

function visitOf(frame: Frame, visit: Visit, y: number, bar: number): string {
  const end = frame.x(visit.endedAt ?? frame.scale.to);
  switch (visit.outcome) {
    case 'answered':
      return rect(end - 3, y - bar / 2, 3, bar, 'answered');
    case 'lost': {
      const start = frame.x(visit.sentAt ?? visit.endedAt ?? 0);
      if (visit.code !== null && !frame.anchors.has(visit.code)) frame.anchors.set(visit.code, { x: end, y });
      return filled(frame, 'lost', start, y - bar / 2, Math.max(end - start, 2), bar);
    }
    case 'race': {
      const r = Math.min(4, bar / 2 + 0.5);
      return `<path class="race" d="M${end - r} ${y}l${r} ${-r} ${r} ${r} ${-r} ${r}Z"/>`;
    }
    case 'refused':
    case 'closed-idle':
      return '';
  }
}
