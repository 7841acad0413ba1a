module.exports = {
  apps: [
    {
      name: 'http-drain-example',
      script: 'server.mjs',
      cwd: __dirname,
      exec_mode: 'cluster', // in fork mode a reload is a restart, with a time in which nobody listens
      instances: 2,
      wait_ready: true, // the old process is left alone until the new one has said 'ready'
      listen_timeout: 10_000,
      shutdown_with_message: true, // an IPC message in place of SIGINT, where PM2 honours it (see README)
      kill_timeout: 25_000, // SIGKILL after that: more than the deadline in server.mjs. PM2's default is 1 600
    },
  ],
};
