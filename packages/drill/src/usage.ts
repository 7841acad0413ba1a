export const USAGE = `Does your service lose requests when it is stopped?

  http-drain-drill [options] -- COMMAND [ARGUMENTS]

  npx @http-drain/drill -- node server.js

Starts the command, finds where it listens, puts requests wherever they can be when the signal comes, sends the signal,
and says what was lost, why, and what to write. Nothing but the command is needed. It talks to nothing but the service.

  --url PATH            what is asked for (/)
  --slow PATH           a request that takes a while
  --big PATH            an answer of 16 MB or more
  --upload PATH         takes a POST
  --ws, --sse PATH      a WebSocket, an event stream
  -H "NAME: VALUE"      a header for every request; never shown
  --ready PATH          readiness (else the first of /readyz /healthz /health /ready that says 2xx)
  --port NUMBER         where it listens on several
  --signal NAME         SIGTERM
  --grace TIME          30s; then it is killed
  --platform NAME       kubernetes, docker, cloud-run, ecs, heroku, fly, systemd: its grace period
  --expect lame-duck=TIME  the listening socket must stay open for so long
  --ready-within TIME   30s; how long it may take to listen
  --pre-stop TIME       clients have been sent elsewhere so long before the signal (preStop sleep)
  --rounds NUMBER       3
  --clients NUMBER      32; of the load round
  --rolling[=NUMBER]    instead of rounds: so many restarts (4) of two instances under load, each on its port, in PORT
  --proxy NAME          what stands before the two: builtin (clients that know both), nginx, haproxy
  --only, --skip CODES  D007,D020; the others do not fail, and the verdict says what was lost by them
  --allow CODES         tell of them, and do not fail
  --strict              races fail, too
  --pid1                run it as process 1 of a pid namespace (needs root)
  --reporter NAME       tty, json, junit, github (annotations, and the step summary), markdown
  --html, --svg FILE    a picture of what every connection did around the signal

  http-drain-drill explain D007

Exit status: 0 nothing lost, 1 something lost, 2 could not drill, 130 interrupted.
`;
