import { COUNT_MS, type Count, type Outcome } from '../../model.js';
import { type Block, type Frame, label, line, rect, tenth } from './frame.js';

const HEIGHT = 40;
const GAP = 10;

/** How many ended, and how; how many were in flight, kept, and in the accept queue. */
export function charts(frame: Frame): Block[] {
  const queued = frame.round.counts.some(({ acceptQueue }) => acceptQueue !== null);
  return [
    outcomes(frame),
    area(frame, 'in flight', 'area', ({ inFlight }) => inFlight),
    area(frame, 'kept connections', 'keptarea', ({ kept }) => kept),
    ...(queued ? [area(frame, 'accept queue', 'queue', ({ acceptQueue }) => acceptQueue ?? 0)] : []),
  ];
}

/** From the bottom up, with their classes. */
const STACK: readonly [Outcome, string][] = [
  ['answered', 'answered'],
  ['refused', 'refused'],
  ['closed-idle', 'closed'],
  ['race', 'race'],
  ['lost', 'lost'],
];

function outcomes(frame: Frame): Block {
  const counts = frame.round.counts.filter(
    ({ at }) => at + COUNT_MS >= frame.scale.from && at <= frame.scale.to,
  );
  const sum = (count: Count) => STACK.reduce((total, [outcome]) => total + count[outcome], 0);
  const most = Math.max(1, ...counts.map(sum));
  return chart(frame, `ended per ${COUNT_MS} ms`, most, (bottom) =>
    counts
      .map((count) => {
        const x = frame.x(count.at);
        const width = Math.max(frame.x(count.at + COUNT_MS) - x - 1, 2.5);
        let y = bottom;
        return STACK.map(([outcome, kind]) => {
          if (count[outcome] === 0) return '';
          const height = (count[outcome] / most) * HEIGHT;
          y -= height;
          if (outcome !== 'lost') return rect(x, y, width, height, kind);
          return `<rect x="${tenth(x)}" y="${tenth(y)}" width="${tenth(width)}" height="${tenth(height)}" fill="url(#${frame.prefix}lost)" class="lost"/>`;
        }).join('');
      })
      .join(''),
  );
}

function area(frame: Frame, name: string, kind: string, value: (count: Count) => number): Block {
  const counts = sampled(frame.round.counts);
  const inside = counts.filter(({ at }) => at + COUNT_MS >= frame.scale.from && at <= frame.scale.to);
  const most = Math.max(1, ...inside.map(value));
  return chart(frame, name, most, (bottom) => {
    const height = (count: Count) => tenth(bottom - (value(count) / most) * HEIGHT);
    const before = counts.findLast(({ at }) => at + COUNT_MS < frame.scale.from);
    const [first] = before === undefined ? inside : [{ ...before, at: frame.scale.from }];
    if (first === undefined) return '';
    // A row tells how it was at the end of its 20 ms, until the next one.
    const steps = inside.map((count) => `H${tenth(frame.x(count.at))}V${height(count)}`);
    const end = frame.x(frame.round.exit?.at ?? frame.scale.to);
    const start = `M${tenth(frame.x(first.at))} ${bottom}V${height(first)}`;
    return `<path class="${kind}" d="${start}${steps.join('')}H${tenth(end)}V${bottom}Z"/>`;
  });
}

/** Where the kernel was looked at, a row without its word tells of endings alone. */
function sampled(counts: readonly Count[]): readonly Count[] {
  const looked = counts.filter(({ acceptQueue }) => acceptQueue !== null);
  return looked.length > 0 ? looked : counts;
}

function chart(frame: Frame, name: string, most: number, draw: (bottom: number) => string): Block {
  return {
    height: HEIGHT + GAP,
    draw: (y) => {
      const bottom = y + GAP + HEIGHT;
      const end = frame.width - frame.right;
      return [
        line(frame.left, bottom, end, bottom, 'grid'),
        line(frame.left, bottom - HEIGHT, end, bottom - HEIGHT, 'grid'),
        draw(bottom),
        label(name, frame.left - 8, y + GAP + HEIGHT / 2 + 4, 'bold', 'end'),
        label(`${most}`, end + 6, bottom - HEIGHT + 8, 'small dim'),
        label('0', end + 6, bottom, 'small dim'),
      ].join('');
    },
  };
}
