const { once } = require('node:events');
const { drain, processDrain, shutdown } = require('@http-drain/express');
const core = require('@http-drain/core');
const { showProgress } = require('@http-drain/core/terminal');
const express = require('express');

test('drains under Jest', async () => {
  expect(core.processDrain).toBe(processDrain);
  showProgress(); // loads log-update, an ES module, which Jest cannot; it writes lines then
  const app = express();
  app.use(drain());
  app.get('/', (_request, response) => setTimeout(() => response.send('served'), 200));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const answer = fetch(`http://127.0.0.1:${server.address().port}/`);
  await once(server, 'request');
  const report = await shutdown({ deadlineMs: 10_000 });
  expect(await (await answer).text()).toBe('served');
  expect(report).toMatchObject({ outcome: 'drained', requests: { inFlightAtStart: 1, completed: 1 } });
});
