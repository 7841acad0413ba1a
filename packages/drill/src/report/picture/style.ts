import { element } from '../xml.js';

/** Colours of a light page, and of a dark one. Shapes and hatching say the same: it can be printed in black. */
const LIGHT = {
  paper: '#ffffff',
  ink: '#1c2128',
  dim: '#59636e',
  grid: '#d1d9e0',
  idle: '#8b949e',
  wait: '#2f6feb',
  answer: '#1a7f37',
  lost: '#cf222e',
  race: '#9a6700',
  lame: '#fff4d1',
  draining: '#e6f0ff',
  hanging: '#ece9f1',
};

const DARK = {
  paper: '#0f141a',
  ink: '#e6edf3',
  dim: '#9da7b3',
  grid: '#343c46',
  idle: '#7d8590',
  wait: '#6ea8ff',
  answer: '#3fb950',
  lost: '#ff6b63',
  race: '#e3b341',
  lame: '#2f2913',
  draining: '#14233a',
  hanging: '#262230',
};

function variables(colours: Record<string, string>): string {
  return Object.entries(colours)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(';');
}

export const FONT = "ui-sans-serif,system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif";

/** The colours alone, for the page around a picture. */
export const COLOURS = `:root{color-scheme:light dark;${variables(LIGHT)}}
@media(prefers-color-scheme:dark){:root{${variables(DARK)}}}`;

export const STYLE = `${COLOURS}
.drill text{font:12px ${FONT};fill:var(--ink)}
.drill .h1{font-size:19px;font-weight:700}.drill .small{font-size:11px}.drill .dim{fill:var(--dim)}
.drill .bold{font-weight:600}.drill .red{fill:var(--lost)}.drill .mono{font-family:ui-monospace,Menlo,Consolas,monospace}
.drill .onbar{paint-order:stroke;stroke:var(--paper);stroke-width:4px}
.drill .paper{fill:var(--paper)}.drill .grid{stroke:var(--grid);fill:none}.drill .rule{stroke:var(--dim);fill:none}
.drill .signal{stroke:var(--ink);stroke-width:1.5;fill:none}
.drill .lame{fill:var(--lame)}.drill .draining{fill:var(--draining)}.drill .hanging{fill:var(--hanging)}
.drill .idle{stroke:var(--idle);stroke-width:1.5;fill:none}.drill .connecting{stroke:var(--idle);stroke-dasharray:1.5 2;fill:none}
.drill .waiting{fill:var(--wait)}.drill .answering{fill:var(--answer)}.drill .answered{fill:var(--answer)}
.drill .race{fill:var(--paper);stroke:var(--race);stroke-width:1.5}.drill .refused{fill:var(--grid);stroke:var(--idle)}
.drill .closed{fill:var(--paper);stroke:var(--idle)}.drill .lost{stroke:var(--lost)}
.drill .cap{stroke:var(--ink);stroke-width:1.3;fill:var(--paper)}.drill .capx{stroke:var(--lost);stroke-width:2;fill:var(--paper)}
.drill .open{fill:var(--answer);opacity:.75}.drill .bad{fill:none;stroke:var(--race);stroke-width:1.5}
.drill .alive{fill:var(--idle)}.drill .area{fill:var(--wait);fill-opacity:.28;stroke:var(--wait)}
.drill .queue{fill:var(--lost);fill-opacity:.22;stroke:var(--lost)}.drill .keptarea{fill:var(--idle);fill-opacity:.3;stroke:var(--idle)}
.drill .badge{fill:var(--paper);stroke:var(--ink);stroke-width:1.2}.drill .badge.error{stroke:var(--lost);stroke-width:1.8}
.drill .leader{stroke:var(--ink);stroke-dasharray:2 3;fill:none;opacity:.65}.drill .leader.error{stroke:var(--lost);opacity:.9}
.drill .hatchline{stroke:var(--lost);stroke-width:2}.drill .hatchback{fill:var(--lost);fill-opacity:.2}
.drill .sendline{stroke:var(--wait);stroke-width:2}.drill .iceline{stroke:var(--ink);stroke-width:1;opacity:.7}`;

function hatch(id: string, size: number, lines: string, back: string): string {
  const box = {
    id,
    width: size,
    height: size,
    patternUnits: 'userSpaceOnUse',
    patternTransform: 'rotate(45)',
  };
  return element(
    'pattern',
    box,
    element('rect', { width: size, height: size, class: 'paper' }),
    element('rect', { width: size, height: size, class: back }),
    element('path', { d: `M0 0V${size}`, class: lines }),
  );
}

/** Hatchings: lost, sending, frozen. */
export function patterns(prefix: string): string {
  return element(
    'defs',
    {},
    hatch(`${prefix}lost`, 4, 'hatchline', 'hatchback'),
    hatch(`${prefix}send`, 4, 'sendline', 'paper'),
    hatch(`${prefix}ice`, 4, 'iceline', 'paper'),
  );
}
