/**
 * Puts options, report and troubleshooting into the README of each package, so that its npm page is complete by itself.
 * They are written once, in docs/. With --check it only compares, and fails where a README is not up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');

const REPOSITORY = 'https://github.com/http-drain/http-drain';
const MARKED = /<!-- made:begin -->\n[\s\S]*?<!-- made:end -->\n/;

const VERSIONS = `# Versions

All packages have the same version. While that begins with 0, a new minor version (0.2) may change what
[api.md](api.md) says, and the package's CHANGELOG then says what to write instead; a patch (0.1.1) does not. Fields are
added to the report in any version.

Node >= 20.19. Something lost, or something odd: [issues](${REPOSITORY}/issues). A weakness:
[SECURITY.md](../SECURITY.md). All the rest: [README of the project](${REPOSITORY}#readme).
`;

/** A page of docs/ as a section: a level down, and with links that lead there from anywhere. */
function section(text) {
  const withLinks = text.replace(/\]\((?!https?:)([^)]*)\)/g, (_, target) => `](${linkOf(target)})`);
  return withLinks
    .replace(/^#(?=#* )/gm, (mark, offset, whole) => (isInCode(whole, offset) ? mark : '##'))
    .trim();
}

/** Links within the page stay there. */
function linkOf(target) {
  if (target.startsWith('#')) return target;
  const { pathname, hash } = new URL(target, 'file:///docs/');
  return `${REPOSITORY}/blob/main${pathname}${hash}`;
}

const isInCode = (text, offset) => (text.slice(0, offset).match(/^```/gm) ?? []).length % 2 === 1;

const pages = ['options', 'report', 'troubleshooting'].map((name) => read(`docs/${name}.md`));
const made = [...pages, VERSIONS].map(section).join('\n\n');

for (const name of ['core', 'express', 'fastify', 'nestjs']) {
  const path = `packages/${name}/README.md`;
  const before = read(path);
  if (!MARKED.test(before)) throw new Error(`${path} has no place for what is made`);
  const after = before.replace(MARKED, () => `<!-- made:begin -->\n\n${made}\n\n<!-- made:end -->\n`);
  if (!process.argv.includes('--check')) writeFileSync(new URL(path, root), after);
  else if (after !== before) {
    console.error(`${path} is not what docs/ say: npm run docs:api`);
    process.exitCode = 1;
  }
}
