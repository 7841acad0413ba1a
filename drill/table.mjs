/** @typedef {import('./run/rolling-restart.mjs').Result} Result */
/** @typedef {import('./modes.mjs').Mode} Mode */

const columns = [
  'mode',
  'library',
  'backends',
  'restarts',
  'sent',
  'per second',
  'lost',
  'why',
  'killed',
  'slowest answer',
  'to reach',
  '',
];

export const tableHead = `${row(columns)}\n${row(columns.map(() => '---'))}`;

/** @param {Result} result @param {Mode} mode */
export function tableRow(result, mode) {
  return row([
    mode.title,
    result.library,
    result.backends,
    result.restarts,
    result.sent,
    result.perSecond,
    result.lost,
    reasons(result),
    result.killed,
    `${result.slowestMs} ms`,
    mostLost(mode, result.restarts) === 0 ? '0 lost' : `<= ${mostLost(mode, result.restarts)} lost`,
    reached(result, mode) ? 'reached' : 'missed',
  ]);
}

/** @param {Result} result @param {Mode} mode */
export function reached(result, mode) {
  return result.lost <= mostLost(mode, result.restarts) && result.killed === 0;
}

/** The targets are for 20 restarts; a shorter run has no smaller allowance, since a race does not count restarts. @param {Mode} mode @param {number} restarts */
function mostLost({ mostLostIn20 }, restarts) {
  return Math.floor(mostLostIn20 * Math.max(1, restarts / 20));
}

/** How http-drain was set up in each mode. @param {Mode[]} modes */
export function settings(modes) {
  return modes
    .map(({ title, drain }) => `- ${title}: \`${JSON.stringify({ readiness: '/readyz', ...drain })}\``)
    .join('\n');
}

/** @param {Result} result */
function reasons({ losses }) {
  const counts = new Map();
  for (const { reason } of losses) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${count} ${reason}`).join(', ');
}

/** @param {unknown[]} cells */
function row(cells) {
  return `| ${cells.join(' | ')} |`;
}
