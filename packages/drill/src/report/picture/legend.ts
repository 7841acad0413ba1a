import { cap } from './caps.js';
import { type Block, type Frame, label, line, MARGIN, rect, widthOf } from './frame.js';

const ROW = 18;

/** What the shapes mean. */
export function legend(frame: Frame): Block {
  const lost = (x: number, y: number) =>
    `<rect x="${x}" y="${y - 4}" width="16" height="8" fill="url(#${frame.prefix}lost)" class="lost"/>`;
  const send = (x: number, y: number) =>
    `<rect x="${x}" y="${y - 2.5}" width="16" height="5" fill="url(#${frame.prefix}send)"/>`;
  const ice = (x: number, y: number) =>
    `<rect x="${x}" y="${y - 4}" width="16" height="8" fill="url(#${frame.prefix}ice)"/>`;
  const items: [string, (x: number, y: number) => string][] = [
    ['idle', (x, y) => line(x, y, x + 16, y, 'idle')],
    ['sending', send],
    ['waiting', (x, y) => rect(x, y - 2, 16, 4, 'waiting')],
    ['answer', (x, y) => rect(x, y - 4, 16, 8, 'answered')],
    ['lost', lost],
    ['race', (x, y) => `<path class="race" d="M${x + 4} ${y}l4 -4 4 4 -4 4Z"/>`],
    ['FIN', (x, y) => cap('fin', x + 8, y, 3)],
    ['RST', (x, y) => cap('reset', x + 8, y, 3)],
    ['refused', (x, y) => cap('refused', x + 8, y, 3)],
    ['frozen by the drill', ice],
  ];
  const places: { text: string; draw: (x: number, y: number) => string; x: number; row: number }[] = [];
  let x = MARGIN;
  let row = 0;
  for (const [text, draw] of items) {
    const width = 16 + 5 + widthOf(text, 11) + 14;
    if (x + width > frame.width - MARGIN) {
      x = MARGIN;
      row++;
    }
    places.push({ text, draw, x, row });
    x += width;
  }
  return {
    height: (row + 1) * ROW + 8,
    draw: (y) =>
      places
        .map((place) => {
          const middle = y + 10 + place.row * ROW;
          return place.draw(place.x, middle) + label(place.text, place.x + 21, middle + 4, 'small');
        })
        .join(''),
  };
}
