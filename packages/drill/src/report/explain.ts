import { CAUSES } from '../judge/causes.js';
import type { Code } from '../model.js';

const WIDTH = 100;

/** All that there is to say of a code, whatever the service. */
export function explain(code: Code): string {
  const { name, severity, why, known, fix } = CAUSES[code];
  const fails = severity === 'error' ? 'the drill fails by it' : 'told, and does not fail the drill';
  const fixes = Object.entries(fix).map(([runtime, text]) => {
    const title = runtime === 'any' ? 'What mends it' : `In ${RUNTIMES[runtime] ?? runtime}`;
    return `${title}:\n${indent(text ?? '')}`;
  });
  return [`${code}  ${name}  (${fails})`, wrap(why), `How it is known: ${wrap(known)}`, ...fixes]
    .join('\n\n')
    .concat('\n');
}

export const RUNTIMES: Record<string, string> = { node: 'Node', python: 'Python', go: 'Go', nginx: 'nginx' };

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `    ${line}`))
    .join('\n');
}

function wrap(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) as string;
    if (last !== '' && last.length + word.length >= WIDTH) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.join('\n');
}
