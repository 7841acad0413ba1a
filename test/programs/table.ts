/** npm run register:table: what each program loses when it is stopped, with `register` and without it. */
import type { Exit } from '../process/child.js';
import { PROGRAMS, type Stop, stop } from './programs.js';

const REQUESTS = 23;

function lostBy({ lost, exit }: Stop): string {
  const share = `${lost.length} of ${REQUESTS}`;
  return `${lost.length === 0 ? '0' : share}, ${endOf(exit)}`;
}

const endOf = ({ code, signal }: Exit): string => (signal ? `by ${signal}` : `exit ${code}`);

console.log('| program | lost without register | lost with it |\n| --- | --- | --- |');
for (const program of PROGRAMS) {
  const [bare, registered] = [await stop(program, false), await stop(program, true)];
  console.log(`| ${program.name} | ${lostBy(bare)} | ${lostBy(registered)} |`);
}
