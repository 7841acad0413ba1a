import type { Finding } from '../../model.js';
import { wrap } from '../look.js';
import { commandText, markOf, roundsOf, roundText, VERDICTS } from '../words.js';
import { type Block, type Frame, fit, hover, label, MARGIN, rect, widthOf } from './frame.js';

const MOST = 6;
const BADGE = 52;
const LINE = 19;

/** The findings that are called out: errors come first in the model already. */
export function calledOut({ drilled }: Frame): Finding[] {
  return drilled.findings.slice(0, MOST);
}

/** The verdict, what was drilled, and the call-outs' words. */
export function head(frame: Frame): Block {
  const { drilled, round, width } = frame;
  const room = width - 2 * MARGIN;
  const verdict = `${VERDICTS[drilled.verdict]}: ${drilled.summary}`;
  const titles = wrap(verdict, Math.floor(room / (19 * 0.57)));
  const what = `${commandText(drilled)} · ${round.signal} · ${roundText(round)}`;
  const findings = calledOut(frame);
  const hidden = drilled.findings.length - findings.length;
  const top = titles.length * 24 + 28;
  return {
    height: top + findings.length * LINE + (hidden > 0 ? LINE : 0) + 8,
    draw: (y) =>
      [
        ...titles.map((text, index) => label(text, MARGIN, y + 20 + index * 24, 'h1')),
        label(fit(what, room, 12), MARGIN, y + titles.length * 24 + 14, 'dim mono'),
        ...findings.map((finding, index) => said(finding, y + top + index * LINE, frame)),
        hidden > 0
          ? label(`and ${hidden} more`, MARGIN + BADGE + 8, y + top + findings.length * LINE + 13, 'dim')
          : '',
      ].join(''),
  };
}

function said(finding: Finding, y: number, { width }: Frame): string {
  const rounds = width < 800 ? '' : roundsOf(finding);
  const room = width - 2 * MARGIN - BADGE - 10 - widthOf(rounds, 12);
  return [
    badge(finding, MARGIN, y),
    label(fit(finding.title, room, 12), MARGIN + BADGE + 8, y + 12.5, 'bold'),
    label(rounds, width - MARGIN, y + 12.5, 'dim', 'end'),
  ].join('');
}

export function badge(finding: Finding, x: number, y: number): string {
  const text = `${markOf(finding)} ${finding.code}`;
  const box = rect(
    x,
    y + 1,
    BADGE,
    15,
    `badge ${finding.severity}`,
    hover(`${finding.code}: ${finding.title}`),
  );
  return box + label(text, x + BADGE / 2, y + 12.5, 'small bold', 'middle');
}

/** Badges above the picture, each over the place that it is about. */
export function callOuts(frame: Frame): Block {
  const placed: { finding: Finding; x: number; row: number }[] = [];
  for (const finding of calledOut(frame)) {
    const anchor = frame.anchors.get(finding.code);
    if (anchor === undefined) continue;
    const x = Math.min(Math.max(anchor.x - BADGE / 2, frame.left), frame.width - MARGIN - BADGE);
    const clash = (row: number) =>
      placed.some((other) => other.row === row && Math.abs(other.x - x) < BADGE + 4);
    let row = 0;
    while (clash(row)) row++;
    placed.push({ finding, x, row });
  }
  const rows = Math.max(0, ...placed.map(({ row }) => row + 1));
  return {
    height: rows * LINE,
    draw: (y) =>
      placed
        .map(({ finding, x, row }) => {
          const anchor = frame.anchors.get(finding.code) as { x: number; y: number };
          const top = y + (rows - 1 - row) * LINE;
          return leader(finding, anchor, top + 16) + badge(finding, x, top);
        })
        .join(''),
  };
}

function leader({ severity }: Finding, anchor: { x: number; y: number }, from: number): string {
  const x = Math.round(anchor.x * 10) / 10;
  return `<path class="leader ${severity}" d="M${x} ${Math.round(from)}V${Math.round(anchor.y * 10) / 10}"/>`;
}
