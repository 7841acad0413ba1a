import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** As npm knows it. */
export const VERSION: string = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')).version;
