/**
 * Makes one declaration file of each entry point, from the many that tsc has written to `types/`: what the entry point
 * exports, and what that refers to. So no editor offers to import what is nobody's to use.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { moduleAt } from './declarations.mjs';

/** Another entry point of the same package stays one. */
const isInside = (from) => from.startsWith('.') && from !== './index.js';

/** What goes into one declaration file. */
class Bundle {
  #declarations = [];
  #imports = [];
  /** Where each name comes from. */
  #origins = new Map();
  #augmented = new Set();

  constructor(entry) {
    this.entry = entry;
  }

  text() {
    const names = this.#exported();
    for (const { module, name } of names) this.#pull(module, name);
    const list = names.map(({ name, as }) => (name === as ? ` ${name}` : ` ${name} as ${as}`)).join(',');
    const others = this.entry.exportedFrom.filter(({ from }) => !isInside(from)).map(({ code }) => code);
    return [
      ...this.#importLines(),
      ...this.#declarations,
      ...others,
      `export {${list} };`.replace('{ }', '{}'),
      '',
    ].join('\n');
  }

  /** The names that a module exports, the entry point at first, and the module that each is in. */
  #exported(module = this.entry) {
    const own = [...module.declared.values()].filter(({ isExported }) => isExported);
    const inside = module.exportedFrom.filter(({ from }) => isInside(from));
    return [
      ...inside.flatMap(({ from, names, all }) => {
        const source = module.at(from);
        return all ? this.#exported(source) : names.map((name) => ({ module: source, ...name }));
      }),
      ...own.map(({ name }) => ({ module, name, as: name })),
      ...module.exportedHere.map((name) => ({ module, ...name })),
    ];
  }

  /** Takes what `name` is in `module`, if it is anything there, and all that it refers to. */
  #pull(module, name) {
    const imported = module.imported.get(name);
    const declared = module.declared.get(name);
    const elsewhere = module.exportedFrom.find(({ names }) => names.some(({ as }) => as === name));
    if (elsewhere && isInside(elsewhere.from)) this.#pull(module.at(elsewhere.from), name);
    else if (imported && isInside(imported.from)) {
      if (imported.name !== name) throw new Error(`${module.url} imports ${imported.code}: give it one name`);
      this.#pull(module.at(imported.from), name);
    } else if (imported && this.#isNew(name, `${imported.from} ${imported.code}`)) {
      this.#imports.push(imported);
    } else if (declared && this.#isNew(name, module.url)) {
      this.#declarations.push(declared.comment + declared.code.replace(/^export /, ''));
      this.#pullAllOf(module, declared.code);
      this.#augment(module);
    }
  }

  #isNew(name, origin) {
    const earlier = this.#origins.get(name);
    if (earlier && earlier !== origin)
      throw new Error(`${name} is in ${earlier} and in ${origin}: give one another name`);
    this.#origins.set(name, origin);
    return !earlier;
  }

  #pullAllOf(module, code) {
    const names = code.replace(/\/\*[\s\S]*?\*\//g, '').matchAll(/[\w$]+/g);
    for (const [name] of names) this.#pull(module, name);
  }

  #augment(module) {
    if (this.#augmented.has(module)) return;
    this.#augmented.add(module);
    for (const code of module.augmentations) {
      this.#declarations.push(code);
      this.#pullAllOf(module, code);
    }
  }

  #importLines() {
    const modules = [...new Set(this.#imports.map(({ from }) => from))].sort();
    return modules.flatMap((module) => {
      const ofModule = this.#imports.filter(({ from }) => from === module);
      const whole = ofModule.filter(({ name }) => name === undefined).map(({ code }) => code);
      const named = ofModule.filter(({ name }) => name !== undefined).map(({ code }) => code);
      const clauses = named.length > 0 ? [...whole, `{ ${named.sort().join(', ')} }`] : whole;
      return clauses.map((clause) => `import type ${clause} from '${module}';`);
    });
  }
}

const packages = new URL('../packages/', import.meta.url);

for (const name of readdirSync(packages)) {
  const folder = new URL(`${name}/`, packages);
  const { exports } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
  for (const { require: entry } of Object.values(exports)) {
    if (!entry) continue;
    const to = new URL(entry.types, folder);
    const bundle = new Bundle(moduleAt(new URL(to.href.replace('/dist/', '/types/'))));
    mkdirSync(new URL('.', to), { recursive: true });
    writeFileSync(to, bundle.text());
  }
}
