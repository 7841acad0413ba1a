import type { Ending } from '../../model.js';
import { element } from '../xml.js';
import { tenth } from './frame.js';

/** How a connection ended: ○ FIN, ✕ RST, ⌀ refused, as shapes, for a font may lack the letters. */
export function cap(how: Ending, x: number, y: number, radius: number, kind = 'cap'): string {
  switch (how) {
    case 'fin':
      return circle(x, y, radius, kind);
    case 'reset':
      return cross(x, y, radius, kind);
    case 'refused':
      return circle(x, y, radius, kind) + slash(x, y, radius + 1.2, kind);
    case 'own':
    case 'open':
      return '';
  }
}

function circle(cx: number, cy: number, r: number, kind: string): string {
  return element('circle', { cx, cy, r, class: kind });
}

function cross(x: number, y: number, r: number, kind: string): string {
  return element('path', {
    d: `${stroke(x - r, y - r, x + r, y + r)}${stroke(x - r, y + r, x + r, y - r)}`,
    class: kind,
  });
}

function slash(x: number, y: number, r: number, kind: string): string {
  return element('path', { d: stroke(x - r, y + r, x + r, y - r), class: kind });
}

function stroke(x1: number, y1: number, x2: number, y2: number): string {
  return `M${tenth(x1)} ${tenth(y1)}L${tenth(x2)} ${tenth(y2)}`;
}
