/**
 * Plays the situations of the contract against http-drain and against the libraries in use today, and prints a
 * Markdown table with one column for each of them.
 *
 * Every library is used as its documentation says, with the same deadline. A cell is played a second time where the
 * first one fails, and counts as passed if that passes: the machine may have been busy.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { situations } from '../test/situations/index.js';
import { Player } from '../test/support/play.js';
import { applies, type Kind, type Situation } from '../test/support/situation.js';
import type { Library } from '../test/support/subject/library.js';
import { DEFAULT_DRAIN } from '../test/support/world.js';
import { type Column, columns } from './columns.js';

const TRIES = 2;
/** A library that has not ended so long after its deadline has failed: 72 s are Fastify's keep-alive. */
const PATIENCE_MS = 10_000;

/** Passed, or what the client saw; undefined where the library does not claim what the situation is about. */
type Cell = { passed: boolean; saw?: string } | undefined;

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    library: { type: 'string', default: '' },
    parallel: { type: 'string', default: '2' },
    details: { type: 'boolean', default: false },
  },
});

if (!existsSync(new URL('./node_modules', import.meta.url))) {
  console.error('The peers are not installed: npm ci --prefix bench');
  process.exit(1);
}

const rows = situations.filter(({ name }) => new RegExp(flags.only).test(name));
const chosen = columns.filter(({ title }) => new RegExp(flags.library).test(title));

async function playCell(
  player: Player,
  situation: Situation,
  column: Column,
  library: Library,
): Promise<Cell> {
  const kind = column.kinds.find((one) => applies(situation, one, library.features));
  if (kind === undefined) return undefined;
  let saw = '';
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const played = await playPatiently(player, situation, kind);
    if (played === 'passed') return { passed: true };
    saw = played;
    if (played === HANGS) break;
  }
  return { passed: false, saw };
}

const HANGS = `the shutdown had not ended ${PATIENCE_MS / 1_000} s after its deadline`;

/** 'passed', or what the client saw. */
async function playPatiently(player: Player, situation: Situation, kind: Kind): Promise<string> {
  const playing = player.play(situation, kind).then(
    () => 'passed',
    (error: Error) => error.message.split('\n')[0] ?? '',
  );
  const { deadlineMs } = { ...DEFAULT_DRAIN, ...situation.setup?.drain };
  let timer: NodeJS.Timeout | undefined;
  const hangs = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, deadlineMs + PATIENCE_MS, HANGS);
  });
  const played = await Promise.race([playing, hangs]);
  clearTimeout(timer);
  if (played === HANGS) player.close();
  return played;
}

async function playColumn(column: Column): Promise<Cell[]> {
  const { library } = (await import(column.library)) as { library: Library };
  const player = new Player(column.library, { freshProcesses: column.freshProcesses ?? false });
  const cells: Cell[] = [];
  for (const situation of rows) {
    cells.push(await playCell(player, situation, column, library));
    process.stderr.write(`\r${column.title}: ${cells.length} of ${rows.length}`.padEnd(60));
  }
  player.close();
  return cells;
}

async function playAll(): Promise<Map<Column, Cell[]>> {
  const results = new Map<Column, Cell[]>();
  const waiting = [...chosen];
  const work = async () => {
    for (let column = waiting.shift(); column !== undefined; column = waiting.shift()) {
      results.set(column, await playColumn(column));
    }
  };
  await Promise.all(Array.from({ length: Number(flags.parallel) }, work));
  process.stderr.write('\n');
  return results;
}

const mark = (cell: Cell): string => (cell === undefined ? '–' : cell.passed ? 'yes' : '**no**');
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function printTable(results: Map<Column, Cell[]>): void {
  const of = (column: Column): Cell[] => results.get(column) ?? [];
  console.log(line(['situation', ...chosen.map((column) => column.title)]));
  console.log(line(['---', ...chosen.map(() => ':-:')]));
  rows.forEach(({ name }, row) => {
    console.log(line([name, ...chosen.map((column) => mark(of(column)[row]))]));
  });
  const passed = (column: Column) => of(column).filter((cell) => cell?.passed).length;
  const played = (column: Column) => of(column).filter((cell) => cell !== undefined).length;
  console.log(line(['**passed**', ...chosen.map((column) => `**${passed(column)}** of ${played(column)}`)]));
  console.log(
    `\n"–": the library does not claim the feature, or the situation cannot arise. Node ${process.version}.`,
  );
}

function printDetails(results: Map<Column, Cell[]>): void {
  for (const [column, cells] of results) {
    console.log(`\n### ${column.title}\n`);
    cells.forEach((cell, row) => {
      if (cell?.passed === false) console.log(`- ${rows[row]?.name}: ${cell.saw}`);
    });
  }
}

const results = await playAll();
printTable(results);
if (flags.details) printDetails(results);
process.exit();
