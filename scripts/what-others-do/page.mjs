import { FRONTS, PLACES } from './result.mjs';

/** The page, from what was found. */
export function pageOf(servers, found) {
  const drilled = servers.filter(({ name }) => found[name] !== undefined);
  const days = daysOf(drilled.map(({ name }) => found[name].date));
  const nodes = [...new Set(drilled.map(({ name }) => found[name].node))].join(', ');
  return `# What others do

<!-- Made by \`npm run drill:others\` from test/drill-package/others/results.json. -->

Servers of other kinds, drilled by [the drill](../packages/drill/README.md) without options: each stopped in the best
way that its own documentation has. A cell says how many requests were *lost of those sent* there, in the worst round;
what was refused is no loss. *Ended* is when the process was gone after the signal, with clients that keep their
connections and say nothing more. The codes are in [what the drill finds](drill-codes.md).

Drilled on ${days}, on Linux with two cores, Node ${nodes}; Go, Python, nginx and Ruby as Debian 12 has them, which is
not their newest.

| server | ${PLACES.map(({ title }) => title).join(' | ')} | ended | found |
| --- | ${PLACES.map(() => '---').join(' | ')} | --- | --- |
${drilled.map((server) => row(server, found[server.name])).join('\n')}

To repeat one, in \`test/drill-package/others\` after \`npm ci\`:

\`\`\`sh
${drilled.map((server) => commandOf(server)).join('\n')}
\`\`\`

${rolling(drilled, found)}## How each is stopped, and what its makers say

${drilled.map((server) => told(server, found[server.name])).join('\n')}

## How to read it

Most of these do what they promise: requests *in flight* are finished. What is lost lies where a server does not look:
in the accept queue, whose connections the kernel resets with the listening socket, and unread in the sockets of
connections that seem idle. How much lies there when the signal comes depends on the load and on luck. The drill puts
20 connections, and once 200, into the queue by stopping the process for some milliseconds, as a garbage collection or
a throttled core does; a service that is not busy has an empty one. Who tells the load balancer first, and waits until
it looks away, loses none of it: that is what readiness, a preStop sleep and \`--pre-stop\` are for.
`;
}

function row({ name }, { version, places, endedAfterMs, codes }) {
  const ended = endedAfterMs === null ? 'not within 7 s' : seconds(endedAfterMs);
  const cells = places.map((place) =>
    place === null ? '' : place.startsWith('0/') ? place : `**${place}**`,
  );
  return `| ${name} ${version} | ${cells.join(' | ')} | ${ended} | ${codes.join(' ') || 'nothing'} |`;
}

/** Those that were restarted so. */
/** The one on which it was, or the first and the last. */
function daysOf(dates) {
  const [first, ...others] = dates.sort();
  const last = others.at(-1) ?? first;
  return first === last ? first : `${first} to ${last}`;
}

function rolling(drilled, found) {
  const restarted = drilled.filter(({ name }) => found[name].rolling !== undefined);
  if (restarted.length === 0) return '';
  const days = daysOf(
    restarted.flatMap(({ name }) => FRONTS.map((front) => found[name].rolling[front].date)),
  );
  return `## In a rolling restart

Two of each under the load of 32 clients, one restarted after the other, four times (\`--rolling\`): known to the
clients, which take them in turn, or behind nginx or HAProxy. A cell says how many requests were *lost in the worst
restart*, and what was found. For 70 ms before the signal the instance is frozen, as above, so that requests gather at
it, and every fourth client comes in that time; nothing is put anywhere else. A proxy makes new connections where those
that it keeps are busy, so that more of them wait to be accepted. Restarted on ${days}; nginx and HAProxy as Debian 12 has them.

| server | ${FRONTS.map((front) => FRONT_TITLES[front]).join(' | ')} |
| --- | ${FRONTS.map(() => '---').join(' | ')} |
${restarted.map(({ name }) => rollingRow(name, found[name].rolling)).join('\n')}

\`\`\`sh
npx @http-drain/drill --rolling --grace 15s -- node express.mjs
npx @http-drain/drill --rolling --grace 15s --proxy nginx -- sh -c 'exec uvicorn --port $PORT asgi:app'
\`\`\`

`;
}

const FRONT_TITLES = { builtin: 'clients that know both', nginx: 'nginx', haproxy: 'HAProxy' };

function rollingRow(name, { version, ...fronts }) {
  const cells = FRONTS.map((front) => {
    const { lost, codes } = fronts[front];
    const count = lost === 0 ? '0' : `**${lost}**`;
    return [count, ...codes].join(' ');
  });
  return `| ${name} ${version} | ${cells.join(' | ')} |`;
}

function commandOf({ command, signal, prepare }) {
  const line = `npx @http-drain/drill ${signal ? `--signal ${signal} ` : ''}-- ${command.join(' ')}`;
  return prepare ? `${prepare} && ${line}` : line;
}

function told({ name, how, words, link }, { version }) {
  return `- **${name}** ${version}: ${how}. ${words} ([source](${link}))`;
}

function seconds(ms) {
  return ms < 950 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
