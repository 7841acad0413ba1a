import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const file = (name: string): string => require.resolve(name);
const url = (name: string): string => pathToFileURL(file(name)).href;

interface Agent {
  readonly name: string;
  /** As its documentation says to start it. */
  readonly args: readonly string[];
  /** Settings; what it would tell goes to a port where nobody listens. */
  readonly env: NodeJS.ProcessEnv;
  /** It listens for SIGTERM itself: then there is a warning that says so. */
  readonly listens?: boolean;
}

const DATADOG = {
  DD_TRACE_AGENT_URL: 'http://127.0.0.1:9',
  DD_TRACE_STARTUP_LOGS: 'false',
  DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
  DD_REMOTE_CONFIGURATION_ENABLED: 'false',
};

/** What watches programs by patching Node's servers and the frameworks; installed by `npm run test:agents`. */
export const AGENTS: readonly Agent[] = [
  { name: 'dd-trace, required', args: ['--require', file('dd-trace/init')], env: DATADOG },
  {
    name: 'dd-trace, imported, with AppSec',
    args: ['--import', url('dd-trace/initialize.mjs')],
    env: { ...DATADOG, DD_APPSEC_ENABLED: 'true' },
  },
  {
    name: 'newrelic',
    args: ['--import', url('newrelic/esm-loader.mjs'), '--require', file('newrelic')],
    env: {
      NEW_RELIC_APP_NAME: 'test',
      NEW_RELIC_LICENSE_KEY: '0'.repeat(40),
      NEW_RELIC_HOST: '127.0.0.1',
      NEW_RELIC_PORT: '9',
      NEW_RELIC_LOG_ENABLED: 'false',
      NEW_RELIC_NO_CONFIG_FILE: 'true',
    },
  },
  {
    name: 'elastic-apm-node',
    args: [
      '--require',
      file('elastic-apm-node/start.js'),
      '--experimental-loader',
      url('elastic-apm-node/loader.mjs'),
    ],
    env: {
      ELASTIC_APM_SERVER_URL: 'http://127.0.0.1:9',
      ELASTIC_APM_SERVICE_NAME: 'test',
      ELASTIC_APM_LOG_LEVEL: 'off',
    },
  },
  {
    name: '@opentelemetry/auto-instrumentations-node',
    args: ['--require', file('@opentelemetry/auto-instrumentations-node/register')],
    env: {
      OTEL_TRACES_EXPORTER: 'console',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_NODE_RESOURCE_DETECTORS: 'none',
    },
    listens: true,
  },
  {
    name: '@sentry/node',
    args: ['--import', pathToFileURL(fileURLToPath(new URL('sentry.mjs', import.meta.url))).href],
    env: {},
  },
];
