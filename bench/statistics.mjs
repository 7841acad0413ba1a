/** The value below which the share `q` of the values lies. */
export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const below = sorted[Math.floor(at)];
  if (below === Number.POSITIVE_INFINITY) return below;
  return below + (sorted[Math.ceil(at)] - below) * (at - Math.floor(at));
}

export const median = (values) => quantile(values, 0.5);

/** `1.02 (0.98 to 1.04)`. */
export function medianAndRange(values, digits, unit = '') {
  const [low, middle, high] = [0, 0.5, 1].map((q) => quantile(values, q).toFixed(digits));
  return `${middle}${unit} (${low} to ${high})`;
}

export function markdownTable(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
