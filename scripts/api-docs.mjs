/**
 * Writes docs/api.md from the built declarations: each export of each entry point, its TSDoc and its signature. The
 * declarations that tsc writes are regular, so a few patterns do; documentation tools need a compiler API, which
 * TypeScript 7 does not have. With --check it only compares, and fails where the page is not up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { endOf } from './declarations.mjs';

const root = new URL('../', import.meta.url);
const read = (url) => readFileSync(url, 'utf8');

const INTRODUCTION = `# API

<!-- Made from the TSDoc by \`npm run docs:api\`. -->

Durations are in milliseconds. Bad options throw a TypeError at once.
`;

const NOTHING =
  'Exports nothing: it is loaded before a program. [register.md](register.md) says what it does.';

/** The names that a declaration file exports, with the module that each comes from. */
function exportsOf(entry) {
  const lists = [...read(entry).matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)';$/gm)];
  const own = [...read(entry).matchAll(/^export (?:declare )?(?:\w+ )+?(\w+)[<(:; ]/gm)];
  return [
    ...lists.flatMap(([, names, from]) =>
      (names.match(/\w+(?: as \w+)?(?=\s*(?:,|$))/g) ?? []).map((name) => ({ name, from })),
    ),
    ...own
      .filter(([line]) => !/^export (type )?\{/.test(line))
      .map(([, name]) => ({ name, from: undefined })),
  ];
}

/** A declaration with the comment before it. */
function find(name, text) {
  const pattern = new RegExp(
    `(?:^/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\n)?^(export (?:declare )?(const|function|class|interface|type|abstract class) ${name}\\b)`,
    'm',
  );
  const match = pattern.exec(text);
  if (!match) throw new Error(`No declaration of ${name}`);
  const begin = match.index + match[0].length - match[2].length;
  return { name, kind: match[3], comment: match[1], code: text.slice(begin, endOf(text, begin)) };
}

/** TSDoc as Markdown; its examples become fragments that the tests check. */
function markdown(comment = '') {
  return comment
    .replace(/^\s*\* ?/gm, '')
    .trim()
    .replace(/\{@link ([^}]+)\}/g, '`$1`')
    .replace(/^@param (\S+) - /gm, '\n`$1`: ')
    .replace(
      /^@(returns|throws) (.)/gm,
      (_, tag, first) => `\n${tag === 'throws' ? 'Throws' : 'Returns'}: ${first}`,
    )
    .replace(/^@example$/gm, '')
    .replace(/^```ts$/gm, '```ts fragment')
    .replace(/\n{3,}/g, '\n\n');
}

const isFunction = ({ kind }) => kind === 'const' || kind === 'function';

function section({ name, comment, code }) {
  const signature = code.replace(/^export (declare )?/, '').replace(/^ {4}|(?<=^ *) {4}/gm, '  ');
  return [`### ${name}`, markdown(comment), `\`\`\`ts signature\n${signature}\n\`\`\``]
    .filter(Boolean)
    .join('\n\n');
}

function entryPoint(title, entry) {
  const names = exportsOf(entry);
  const again = names.filter(({ from }) => from?.startsWith('@')).map(({ name }) => `\`${name}\``);
  const own = names
    .filter(({ name, from }) => !from?.startsWith('@') && !name.includes(' as default'))
    .map(({ name, from }) => find(name, read(from ? new URL(from.replace(/\.js$/, '.d.ts'), entry) : entry)));
  const byName = (a, b) => a.name.localeCompare(b.name);
  return [
    `## ${title}`,
    again.length > 0 ? `Exports again, from @http-drain/core: all its types, and ${again.join(', ')}.` : '',
    names.length === 0 ? NOTHING : '',
    ...own.filter(isFunction).sort(byName).map(section),
    ...own
      .filter((item) => !isFunction(item))
      .sort(byName)
      .map(section),
  ].filter(Boolean);
}

const parts = [INTRODUCTION.trim()];
for (const folder of ['core', 'express', 'fastify', 'nestjs']) {
  const base = new URL(`packages/${folder}/`, root);
  const { name, exports } = JSON.parse(read(new URL('package.json', base)));
  for (const [path, entry] of Object.entries(exports)) {
    if (typeof entry === 'object')
      parts.push(
        ...entryPoint(name + path.slice(1), new URL(entry.require.types.replace('dist/', 'types/'), base)),
      );
  }
}
const page = `${parts.join('\n\n')}\n`;

const target = new URL('docs/api.md', root);
if (!process.argv.includes('--check')) writeFileSync(target, page);
else if (read(target) !== page) {
  console.error('docs/api.md is not what the TSDoc says: npm run docs:api');
  process.exitCode = 1;
}
