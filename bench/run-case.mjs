/** One case with one library, in a process of its own: sends the result to its parent, and ends. */
import { LIBRARIES } from './libraries.mjs';

const [file, name, options] = process.argv.slice(2);
// A signal that is under way does not keep a process running; the channel to the parent does.
process.on('message', () => {});
const exit = process.exit.bind(process);
const { measure } = await import(`./cases/${file}.mjs`);
const library = LIBRARIES.find((candidate) => candidate.name === name);
process.send(await measure(library, JSON.parse(options)), () => exit());
