import type { Code, Drilled, Round } from '../../model.js';
import { type Scale, scaleOf } from '../scale.js';
import { element, escapeXml } from '../xml.js';

/** What every part of a picture needs to know of the whole. */
export interface Frame {
  drilled: Drilled;
  round: Round;
  /** Of the whole, in px. */
  width: number;
  /** The labels' column at the left, the sums' at the right; between them the time runs. */
  left: number;
  right: number;
  scale: Scale;
  /** px of a moment. */
  x(ms: number): number;
  /** Before the id of each pattern: there may be two pictures on one page. */
  prefix: string;
  /** Where call-outs point to; the parts that draw those things fill it in. */
  anchors: Map<Code, { x: number; y: number }>;
}

/** A part of the picture: as high as it says, wherever it is put. */
export interface Block {
  height: number;
  draw(y: number): string;
}

export const MARGIN = 14;
const BREAK = 30;

export function frameOf(drilled: Drilled, round: Round, width: number, prefix: string): Frame {
  const left = width < 800 ? 158 : 236;
  const right = width < 800 ? 100 : 112;
  const scale = scaleOf(round, width - left - right, BREAK);
  return {
    ...{ drilled, round, width, left, right, scale, prefix },
    x: (ms) => left + scale.at(ms),
    anchors: new Map(),
  };
}

/** Of a letter, in em: fonts differ, this is a wide one's. */
const LETTER = 0.57;

export function widthOf(text: string, size: number): number {
  return text.length * size * LETTER;
}

/** As much of a text as there is room for. */
export function fit(text: string, room: number, size: number): string {
  const letters = Math.max(Math.floor(room / (size * LETTER)), 2);
  return text.length <= letters ? text : `${text.slice(0, letters - 1).trimEnd()}…`;
}

type Anchor = 'start' | 'middle' | 'end';

export function label(text: string, x: number, y: number, kind: string, anchor: Anchor = 'start'): string {
  const side = anchor === 'start' ? undefined : anchor;
  return element('text', { x, y, class: kind, 'text-anchor': side }, escapeXml(text));
}

/** What is said when the pointer rests on it, and read aloud. */
export function hover(text: string): string {
  return element('title', {}, escapeXml(text));
}

export function rect(
  x: number,
  y: number,
  width: number,
  height: number,
  kind: string,
  ...more: string[]
): string {
  return element('rect', { x, y, width: Math.max(width, 0), height, class: kind }, ...more);
}

export function line(x1: number, y1: number, x2: number, y2: number, kind: string): string {
  return element('path', { d: `M${tenth(x1)} ${tenth(y1)}L${tenth(x2)} ${tenth(y2)}`, class: kind });
}

export function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
