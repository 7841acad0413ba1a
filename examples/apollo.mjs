// Apollo Server takes the signal by itself, and stops. Its stop() asks plugins to drain first: this one does.
import { ApolloServer } from '@apollo/server';
import { expressMiddleware } from '@as-integrations/express5';
import { drain, shutdown } from '@http-drain/express';
import express from 'express';

const drainPlugin = {
  async serverWillStart() {
    return { drainServer: async () => void (await shutdown()) };
  },
};

const server = new ApolloServer({
  typeDefs: 'type Query { hello: String }',
  resolvers: {
    Query: { hello: () => new Promise((resolve) => setTimeout(resolve, 1_000, 'hello')) },
  },
  plugins: [drainPlugin], // instead of ApolloServerPluginDrainHttpServer
});
await server.start();

const app = express();
app.use(drain({ readiness: '/readyz' }));
app.use('/graphql', express.json(), expressMiddleware(server));
app.listen(3000);
