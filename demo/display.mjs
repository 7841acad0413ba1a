/** Shows what each drain waits for: a display that is redrawn on a terminal, plain lines where there is none. */
import { styleText } from 'node:util';
import { createLogUpdate } from 'log-update';

const BAR = 20;
const NAMES_SHOWN = 4;
const PLAIN_EVERY_MS = 1_000;

/** @typedef {{ name: string, snapshot?: any, counts: Record<string, number> }} Subject */

export function createDisplay(stream = process.stdout) {
  return stream.isTTY ? new TerminalDisplay(stream) : new PlainDisplay(stream);
}

class TerminalDisplay {
  #update;

  constructor(stream) {
    this.#update = createLogUpdate(stream);
  }

  /** @param {Subject[]} subjects */
  show(subjects, headline) {
    this.#update([styleText('bold', headline), '', ...subjects.flatMap(drawn)].join('\n'));
  }

  /** Leaves what was drawn last. */
  end() {
    this.#update.done();
  }
}

class PlainDisplay {
  #stream;
  /** The phase and time of each one's last line. */
  #told = new Map();

  constructor(stream) {
    this.#stream = stream;
  }

  show(subjects) {
    for (const subject of subjects) {
      const phase = phaseOf(subject);
      const last = this.#told.get(subject.name);
      if (last?.phase === phase && Date.now() - last.at < PLAIN_EVERY_MS) continue;
      this.#told.set(subject.name, { phase, at: Date.now() });
      const { answered, lost } = subject.counts;
      this.#stream.write(
        `${subject.name} ${phase}: ${waitsFor(subject)}; answered ${answered}, lost ${lost}\n`,
      );
    }
  }

  end() {}
}

const COLORS = { serving: 'green', 'lame-duck': 'yellow', draining: 'cyan', forcing: 'red', closed: 'gray' };

function drawn(subject) {
  const phase = phaseOf(subject);
  const { answered, lost } = subject.counts;
  const name = styleText('bold', subject.name.padEnd(8));
  const colored = styleText(COLORS[phase] ?? 'gray', phase.padEnd(9));
  const losses = styleText(lost > 0 ? 'red' : 'green', `${lost} lost`);
  return [
    `${name} ${colored} ${bar(subject)} ${answered} answered, ${losses}`,
    styleText('dim', `${' '.repeat(9)}${waitsFor(subject)}`),
    styleText('dim', `${' '.repeat(9)}${oldest(subject)}`),
  ];
}

const phaseOf = ({ snapshot }) => snapshot?.phase ?? 'starting';

/** How much of the deadline is left. */
function bar({ snapshot, deadlineMs }) {
  const share = snapshot?.leftMs == null ? 0 : snapshot.leftMs / deadlineMs;
  const full = Math.round(share * BAR);
  return '█'.repeat(full) + '░'.repeat(BAR - full);
}

function waitsFor({ snapshot }) {
  if (!snapshot) return 'not listening yet';
  const { inFlight, connections, leftMs, hooks } = snapshot;
  const parts = [count(inFlight, 'request'), count(connections.open, 'connection')];
  if (leftMs !== null) parts.push(`${(leftMs / 1_000).toFixed(1)} s left`);
  if (leftMs !== null && hooks.length > 0) parts.push(`then ${hooks.join(', ')}`);
  return parts.join(', ');
}

/** The requests in flight that a drain waits for longest. */
function oldest({ snapshot }) {
  if (snapshot?.leftMs == null) return '';
  const shown = snapshot.requests.slice(0, NAMES_SHOWN);
  return shown.map(({ method, url, ageMs }) => `${method} ${url} ${(ageMs / 1_000).toFixed(1)} s`).join(', ');
}

const count = (number, noun) => `${number} ${noun}${number === 1 ? '' : 's'}`;
