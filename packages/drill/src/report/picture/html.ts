import type { Drilled, Finding } from '../../model.js';
import { commandText, evidenceOf, markOf, roundsOf, serviceText, totalsText, VERDICTS } from '../words.js';
import { element, escapeXml } from '../xml.js';
import { FONT, STYLE } from './style.js';
import { svgPicture } from './svg.js';

/** A picture for each width of a window; the page shows the one that fits. */
const WIDTHS = [
  { width: 540, kind: 'narrow' },
  { width: 800, kind: 'middle' },
  { width: 1140, kind: 'wide' },
];

const PAGE = `body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 ${FONT}}
main{max-width:1140px;margin:0 auto;padding:16px 20px 40px}h1{font-size:24px;line-height:1.25;margin:8px 0 4px}
h2{font-size:17px;margin:32px 0 8px}h3{font-size:15px;margin:0}p{margin:6px 0}.meta{color:var(--dim);font-size:13px;overflow-wrap:anywhere}
svg{display:none;width:100%;height:auto}@media(max-width:759px){svg.narrow{display:block}}
@media(min-width:760px) and (max-width:1099px){svg.middle{display:block}}@media(min-width:1100px){svg.wide{display:block}}
ul.codes{list-style:none;padding:0;margin:12px 0}ul.codes li{margin:4px 0}li a{display:flex;align-items:baseline}.code{flex:none}a{color:inherit;text-decoration:none}a:hover{text-decoration:underline}
.code{display:inline-block;min-width:62px;font-weight:600;border:1.5px solid var(--ink);padding:0 5px;margin-right:8px;text-align:center;font-size:13px}
.error .code{border-color:var(--lost)}section.finding{border-left:4px solid var(--grid);padding:2px 0 2px 14px;margin:18px 0}
section.error{border-color:var(--lost)}pre{background:color-mix(in srgb,var(--ink) 7%,var(--paper));padding:10px 12px;margin:8px 0;overflow-x:auto;white-space:pre-wrap;font:13px/1.5 ui-monospace,Menlo,Consolas,monospace}
table{border-collapse:collapse;width:100%;font-size:14px}td,th{text-align:left;padding:4px 10px 4px 0;border-bottom:1px solid var(--grid);vertical-align:top}
.bad{color:var(--lost);font-weight:600}footer{margin-top:32px;color:var(--dim);font-size:12px}`;

/** A page that needs nothing but itself: the picture, and all that the terminal report says. */
export function htmlPicture(drilled: Drilled): string {
  const verdict = `${VERDICTS[drilled.verdict]}: ${drilled.summary}`;
  const main = [
    element('h1', {}, escapeXml(verdict)),
    element('p', { class: 'meta' }, escapeXml(`${commandText(drilled)} · ${serviceText(drilled)}`)),
    drilled.findings.length === 0 ? '' : element('ul', { class: 'codes' }, ...drilled.findings.map(entry)),
    ...(drilled.rounds.length === 0 ? [] : pictures(drilled)),
    ...output(drilled),
    ...(drilled.findings.length === 0 ? [] : ['<h2>What to write</h2>', ...drilled.findings.map(section)]),
    ...situations(drilled),
    element('footer', {}, escapeXml(footer(drilled))),
  ];
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${escapeXml(verdict)}</title>`,
    `<style>${STYLE}\n${PAGE}</style></head>`,
    `<body><main>${main.join('\n')}</main></body></html>`,
    '',
  ].join('\n');
}

function pictures(drilled: Drilled): string[] {
  return WIDTHS.map(({ width, kind }) =>
    svgPicture(drilled, { width, prefix: kind, bare: true }).replace(
      'class="drill"',
      `class="drill ${kind}"`,
    ),
  );
}

function name(finding: Finding): string {
  const code = element('span', { class: 'code' }, `${markOf(finding)} ${finding.code}`);
  return code + escapeXml(finding.title);
}

function entry(finding: Finding): string {
  return element(
    'li',
    { class: finding.severity },
    element('a', { href: `#${finding.code}` }, name(finding)),
  );
}

function section(finding: Finding): string {
  return element(
    'section',
    { class: `finding ${finding.severity}`, id: finding.code },
    element('h3', {}, name(finding)),
    element('p', {}, escapeXml(finding.why)),
    element('p', { class: 'meta' }, escapeXml(`${evidenceOf(finding)} (${roundsOf(finding)})`)),
    element('pre', {}, escapeXml(finding.fix)),
  );
}

function situations({ situations }: Drilled): string[] {
  if (situations.length === 0) return [];
  const rows = situations.map(({ title, ok, totals, codes }) =>
    element(
      'tr',
      {},
      element('td', ok ? {} : { class: 'bad' }, ok ? '✓' : '✗'),
      element('td', {}, escapeXml(title)),
      element('td', {}, escapeXml(totalsText(totals))),
      element('td', {}, escapeXml(codes.join(' '))),
    ),
  );
  const head = '<tr><th></th><th>a request was</th><th>and ended, all rounds</th><th></th></tr>';
  return ['<h2>Where requests were at the signal</h2>', element('table', {}, head, ...rows)];
}

function output({ failure }: Drilled): string[] {
  if (failure === null || failure.output.length === 0) return [];
  return [
    '<p>The last that the service wrote:</p>',
    element('pre', {}, escapeXml(failure.output.join('\n'))),
  ];
}

function footer({ drill, startedAt, platform, durationMs, rounds }: Drilled): string {
  const took = `${rounds.length} rounds in ${(durationMs / 1_000).toFixed(1)} s`;
  return `@http-drain/drill ${drill} · ${startedAt} · ${took} · Node ${platform.node}, ${platform.os} ${platform.kernel}`;
}
