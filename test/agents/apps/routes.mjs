/** What the applications of Express answer: one at once, one late, one that takes an upload. */
export function addRoutes(app) {
  app.get('/', (_request, response) => response.send('ok'));
  app.get('/slow', (request, response) => {
    console.log(`request ${request.url}`);
    setTimeout(() => response.send('slow'), 800);
  });
  app.post('/upload', (request, response) => {
    let bytes = 0;
    request.on('data', ({ length }) => {
      bytes += length;
    });
    request.on('end', () => response.send(`got ${bytes}`));
  });
}
