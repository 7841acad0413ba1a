/**
 * Writes docs/drill-codes.md from what the drill itself says of its codes. With --check it only compares, and fails
 * where the page is not up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { tsImport } from 'tsx/esm/api';

const page = new URL('../docs/drill-codes.md', import.meta.url);
const { CODES } = await tsImport('../packages/drill/src/model.ts', import.meta.url);
const { explain } = await tsImport('../packages/drill/src/report/explain.ts', import.meta.url);

const INTRODUCTION = `# What the drill finds

<!-- Made by \`npm run docs:drill\` from what \`http-drain-drill explain CODE\` says. -->

Each finding of [the drill](../packages/drill/README.md) has a code. Nothing is blamed without evidence: a cause is
*seen* in what the kernel or the client showed, *inferred* from it by a rule, or *unknown*.
`;

const sections = CODES.map((code) => {
  const [first, ...rest] = explain(code).trimEnd().split('\n\n');
  const [, name, fails] = /^D\d+ {2}(.*) {2}\((.*)\)$/.exec(first);
  // What mends it stands after its title, indented: to Markdown that is code.
  const body = rest.map((part) => part.replace(/:\n {4}/, ':\n\n    '));
  return `## ${code}: ${name}\n\n(${fails})\n\n${body.join('\n\n')}\n`;
});
const made = `${INTRODUCTION}\n${sections.join('\n')}`;

if (!process.argv.includes('--check')) writeFileSync(page, made);
else if (readFileSync(page, 'utf8') !== made) {
  console.error('docs/drill-codes.md is not up to date: run `npm run docs:drill`.');
  process.exitCode = 1;
}
