import { ticksOf } from '../scale.js';
import { time } from '../words.js';
import { type Block, type Frame, label, line, MARGIN, rect, tenth, widthOf } from './frame.js';

/** Room above the line, for what is said of the breaks. */
const RULE = 20;

/** The times, below; and what is not to scale. */
export function axis(frame: Frame): Block {
  const { scale, round } = frame;
  const ticks = ticksOf(scale, 46);
  const long = scale.breaks.length > 0;
  return {
    height: long ? 62 : 46,
    draw: (y) =>
      [
        line(frame.left, y + RULE, frame.width - frame.right, y + RULE, 'rule'),
        ...ticks.map((ms) => {
          const x = frame.x(ms);
          return (
            line(x, y + RULE, x, y + RULE + 5, 'rule') + label(`${ms}`, x, y + RULE + 17, 'small', 'middle')
          );
        }),
        label(`ms from ${round.signal}`, frame.left - 8, y + RULE + 5, 'small bold', 'end'),
        ...scale.breaks.map((gap) => breakMark(frame, gap, y + RULE)),
        long
          ? label(
              '╱╱ a stretch in which nothing changes, shortened: not to scale',
              frame.left,
              y + RULE + 36,
              'small dim',
            )
          : '',
      ].join(''),
  };
}

function breakMark(frame: Frame, gap: { from: number; to: number }, y: number): string {
  const middle = (frame.x(gap.from) + frame.x(gap.to)) / 2;
  const slash = (x: number) => `M${tenth(x - 3)} ${y + 6}l6 -12`;
  return [
    rect(middle - 4, y - 3, 8, 6, 'paper'),
    `<path class="rule" d="${slash(middle - 3)}${slash(middle + 3)}"/>`,
    label(time(gap.to - gap.from), middle, y - 9, 'small dim', 'middle'),
  ].join('');
}

interface Band {
  name: string;
  kind: string;
  from: number;
  to: number;
}

/** What the service was doing: serving, taking new work still, finishing, or holding on with nothing to do. */
export function bandsOf({ round, scale }: Frame): Band[] {
  const exit = round.exit?.at ?? scale.to;
  const closed = Math.min(round.listenerClosedAt ?? exit, exit);
  const quiet = Math.min(Math.max(round.quietAt ?? exit, closed), exit);
  return [
    { name: 'serving', kind: 'serving', from: scale.from, to: 0 },
    { name: 'lame duck', kind: 'lame', from: 0, to: closed },
    { name: 'draining', kind: 'draining', from: closed, to: quiet },
    { name: 'hanging', kind: 'hanging', from: quiet, to: exit },
  ].filter(({ from, to }) => to > from);
}

/** Their tints, down to the bottom. */
export function bands(frame: Frame, y: number, height: number): string {
  const all = bandsOf(frame);
  const tints = all.map(({ kind, from, to }) =>
    rect(frame.x(from), y, frame.x(to) - frame.x(from), height, kind),
  );
  const edges = all.slice(1).map(({ from }) => line(frame.x(from), y, frame.x(from), y + height, 'grid'));
  const signal = line(frame.x(0), y, frame.x(0), y + height, 'signal');
  return [...tints.filter((_, index) => all[index]?.kind !== 'serving'), ...edges, signal].join('');
}

/** Their names, above: each at its edge, on the first line that has room. */
export function bandNames(frame: Frame): Block {
  const all = bandsOf(frame);
  const ends: number[] = [];
  const names = all.map(({ name, kind, from, to }, index) => {
    const text = kind === 'serving' ? name : `${name} ${time(to - from)}`;
    const width = widthOf(text, 12);
    // What came before the signal stands before it, whatever room there is.
    const left = kind === 'serving' ? frame.x(to) - width - 1 : frame.x(from) + 4;
    const x = Math.min(left, frame.width - MARGIN - width);
    const inside = kind === 'serving' || index === all.length - 1 || x + width < frame.x(to);
    let row = inside ? 0 : 1;
    while (x < (ends[row] ?? 0)) row++;
    ends[row] = x + width + 6;
    return { text, x, row };
  });
  return {
    height: Math.max(ends.length, 1) * 16 + 5,
    draw: (y) => names.map(({ text, x, row }) => label(text, x, y + 13 + row * 16, 'bold')).join(''),
  };
}
