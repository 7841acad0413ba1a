import type { Drilled } from '../../model.js';
import { commandText, shown, VERDICTS } from '../words.js';
import { element } from '../xml.js';
import { axis, bandNames, bands } from './axis.js';
import { charts } from './charts.js';
import { type Block, type Frame, frameOf, hover, label, MARGIN, rect } from './frame.js';
import { callOuts, head } from './head.js';
import { lanes } from './lanes.js';
import { legend } from './legend.js';
import { rows } from './rows.js';
import { patterns, STYLE } from './style.js';

export interface PictureOptions {
  /** In px: 960. Under 800 the columns beside the time are narrower. */
  width?: number;
  /** For the ids inside, where several are put on one page. */
  prefix?: string;
  /** Without its style sheet, its verdict and the words of its findings, for a page that has them. */
  bare?: boolean;
}

/** The picture of the round that shows most, as an SVG document of its own. */
export function svgPicture(
  drilled: Drilled,
  { width = 960, prefix = 'd', bare = false }: PictureOptions = {},
): string {
  const round = shown(drilled);
  const { markup, height } =
    round === undefined ? nothing(drilled) : drawn(frameOf(drilled, round, width, prefix), bare);
  const total = Math.ceil(height + MARGIN);
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${total}`,
      width,
      height: total,
      class: 'drill',
      role: 'img',
    },
    hover(`${commandText(drilled)}: ${VERDICTS[drilled.verdict]}, ${drilled.summary}`),
    bare ? '' : element('style', {}, STYLE.replaceAll('>', '&gt;')),
    patterns(prefix),
    rect(0, 0, width, total, 'paper'),
    markup,
  );
}

const NOTHING: Block = { height: 0, draw: () => '' };

function nothing(drilled: Drilled): { markup: string; height: number } {
  const verdict = label(`${VERDICTS[drilled.verdict]}: ${drilled.summary}`, MARGIN, 30, 'h1');
  return { markup: verdict, height: 44 };
}

function drawn(frame: Frame, bare: boolean): { markup: string; height: number } {
  const body: Block[] = [lanes(frame), ...rows(frame), ...charts(frame)];
  // Drawn once to learn where call-outs point to, and how high they are.
  stack(body, 0);
  anchorsOfRest(frame);
  const top = bare ? NOTHING : head(frame);
  const names = bandNames(frame);
  const outs = callOuts(frame);
  const start = MARGIN + top.height;
  const first = start + outs.height + names.height;
  frame.anchors.clear();
  const inside = stack(body, first);
  anchorsOfRest(frame);
  const below = stack([axis(frame), legend(frame)], inside.end);
  const markup = [
    top.draw(MARGIN),
    bands(frame, start + outs.height, inside.end - start - outs.height + 6),
    names.draw(start + outs.height),
    inside.markup,
    below.markup,
    outs.draw(start),
  ];
  return { markup: markup.join('\n'), height: below.end };
}

/** Findings that no row shows point to the signal. */
function anchorsOfRest({ drilled, anchors, x }: Frame): void {
  const y = anchors.get('D020')?.y ?? 0;
  for (const { code } of drilled.findings) if (!anchors.has(code)) anchors.set(code, { x: x(0), y });
}

function stack(blocks: readonly Block[], from: number): { markup: string; end: number } {
  let y = from;
  const markup = blocks.map((block) => {
    const drawnAt = y;
    y += block.height;
    return block.draw(drawnAt);
  });
  return { markup: markup.join('\n'), end: y };
}
