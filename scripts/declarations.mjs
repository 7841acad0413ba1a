/**
 * Reads the declarations that tsc writes. They are regular, so that a few patterns do; whatever does more needs a
 * compiler API, which TypeScript 7 does not have. What is not understood is an error.
 */
import { readFileSync } from 'node:fs';

/** Where the statement ends that begins at `index`: a brace or semicolon outside of brackets and comments. */
export function endOf(text, index) {
  let depth = 0;
  for (const token of text.slice(index).matchAll(/\/\*[\s\S]*?\*\/|\/\/.*|'[^'\n]*'|=>|[{}()[\]<>;]/g)) {
    const [mark] = token;
    const end = index + token.index + 1;
    if ('{([<'.includes(mark)) depth++;
    else if ('})]>'.includes(mark)) depth--;
    if (depth === 0 && mark === ';') return end;
    if (depth === 0 && mark === '}' && text[end] === '\n') return end;
  }
  return text.length;
}

const modules = new Map();

/** The declaration file at `url`: what it imports, declares, exports from elsewhere, and adds to other modules. */
export function moduleAt(url) {
  if (!modules.has(url.href)) modules.set(url.href, readModule(url));
  return modules.get(url.href);
}

function readModule(url) {
  const module = {
    url: url.href,
    at: (from) => moduleAt(new URL(from.replace(/\.js$/, '.d.ts'), url)),
    imported: new Map(),
    declared: new Map(),
    exportedFrom: [],
    exportedHere: [],
    augmentations: [],
  };
  for (const { comment, code } of statementsOf(readFileSync(url, 'utf8')))
    readStatement(module, comment, code);
  return module;
}

/** The statements of a file, each with the comment that is its own: the last one before it. */
function* statementsOf(text) {
  for (let index = 0; text.slice(index).trim() !== ''; ) {
    const [leading] = /^(?:\s|\/\*[\s\S]*?\*\/|\/\/.*)*/.exec(text.slice(index));
    const begin = index + leading.length;
    index = endOf(text, begin);
    const comment = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*$/.exec(leading)?.[0] ?? '';
    if (begin < index) yield { comment, code: text.slice(begin, index) };
  }
}

const DECLARATION =
  /^(export )?(?:declare )?(?:abstract )?(?:const|function|class|interface|type) (?<name>[\w$]+)/;

function readStatement(module, comment, code) {
  const [, from] = /\bfrom '([^']+)';$/.exec(code) ?? [];
  if (code.startsWith('import ')) readImport(module, from, code);
  else if (from) module.exportedFrom.push({ from, code, names: namesOf(code), all: code.includes('*') });
  else if (/^declare (global|module)\b/.test(code)) module.augmentations.push(comment + code);
  else if (/^export (type )?\{/.test(code)) module.exportedHere.push(...namesOf(code));
  else {
    const { name } = DECLARATION.exec(code)?.groups ?? notUnderstood(module, code);
    module.declared.set(name, { name, comment, code, isExported: code.startsWith('export ') });
  }
}

function readImport({ imported }, from, code) {
  const [, whole] = /^import (?:type )?(\w+|\* as \w+)(?=,| from)/.exec(code) ?? [];
  if (whole) imported.set(whole.replace('* as ', ''), { from, code: whole });
  for (const { name, as } of namesOf(code))
    imported.set(as, { from, name, code: name === as ? name : `${name} as ${as}` });
}

/** The names in the braces of an import or export. */
function namesOf(code) {
  const [, list = ''] = /\{([^}]*)\}/.exec(code) ?? [];
  return [...list.matchAll(/(?:type )?([\w$]+)(?: as ([\w$]+))?\s*(?:,|$)/g)].map(([, name, as = name]) => ({
    name,
    as,
  }));
}

function notUnderstood({ url }, code) {
  throw new Error(`${url} has a statement that is not understood: ${code.slice(0, 100)}`);
}
