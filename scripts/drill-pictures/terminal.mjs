/** A terminal's text, escapes and all, as an SVG: each letter stands in its column, whatever font there is. */
const CELL = 7.8;
const LINE = 18;
const COLOURS = { 31: '#ff7b72', 32: '#56d364', 33: '#e3b341', 36: '#79c0ff' };

const ESCAPE = String.fromCharCode(27);
const PIECES = new RegExp(`${ESCAPE}\\[(\\d+)m|([^${ESCAPE}]+)`, 'g');

export function terminalSvg(text, columns) {
  const lines = text.trimEnd().split('\n');
  const [width, height] = [Math.ceil(columns * CELL + 32), lines.length * LINE + 30];
  const rows = lines.map((line, index) => `<text y="${26 + index * LINE}">${runs(line).join('')}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>What the drill says in a terminal</title>
<style>text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#d4dae1;white-space:pre}.b{font-weight:700}.d{fill:#8f99a5}</style>
<rect width="${width}" height="${height}" rx="8" fill="#11161d"/>
${rows.join('\n')}
</svg>
`;
}

/** Pieces of one style each; a run of bars or blanks is drawn by itself, for fonts differ most in those. */
function runs(line) {
  const pieces = [];
  let [column, bold, dim, colour] = [0, false, false, null];
  for (const [, sequence, piece] of line.matchAll(PIECES)) {
    if (piece === undefined) {
      const code = Number(sequence);
      if (code === 1) bold = true;
      else if (code === 2) dim = true;
      else if (code === 22) bold = dim = false;
      else colour = COLOURS[code] ?? null;
      continue;
    }
    for (const [word] of piece.matchAll(/\S+(?: \S+)*| +/g)) {
      if (word.trim() !== '') pieces.push(span(word, column, { bold, dim, colour }));
      column += [...word].length;
    }
  }
  return pieces;
}

function span(word, column, { bold, dim, colour }) {
  const classes = [bold ? 'b' : '', dim ? 'd' : ''].filter(Boolean).join(' ');
  const kind = classes === '' ? '' : ` class="${classes}"`;
  const fill = colour === null ? '' : ` style="fill:${colour}"`;
  const length = ([...word].length * CELL).toFixed(1);
  const text = word.replace(/[&<>]/g, (letter) => `&#${letter.codePointAt(0)};`);
  return `<tspan x="${(16 + column * CELL).toFixed(1)}" textLength="${length}"${kind}${fill}>${text}</tspan>`;
}
