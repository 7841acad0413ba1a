import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);

/** A fenced code block of a document. Its info string is `lang role …`, as in ```js run. */
export interface Block {
  /** The document and the line of the fence, as `README.md:12`. */
  where: string;
  lang: string;
  roles: string[];
  code: string;
}

/** The documents of the repository that readers are sent to. */
export const DOCUMENTS = [
  'README.md',
  'BENCHMARKS.md',
  ...['bench', 'bench/results', 'drill', 'drill/results'].map((folder) => `${folder}/README.md`),
  'examples/README.md',
  ...['cluster', 'kubernetes', 'pm2', 'systemd'].map((name) => `examples/${name}/README.md`),
  ...readdirSync(new URL('docs/', root)).map((name) => `docs/${name}`),
  ...['core', 'express', 'fastify', 'nestjs', 'drill'].map((name) => `packages/${name}/README.md`),
].filter((path) => path.endsWith('.md'));

export const readDocument = (path: string): string => readFileSync(new URL(path, root), 'utf8');

export function blocksOf(path: string): Block[] {
  const text = readDocument(path);
  return [...text.matchAll(/^```(\S*) ?(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    where: `${path}:${text.slice(0, match.index).split('\n').length}`,
    lang: match[1]!,
    roles: match[2]!.split(' ').filter(Boolean),
    code: match[3]!,
  }));
}
