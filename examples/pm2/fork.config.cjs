const { apps } = require('./ecosystem.config.cjs');

// The same in fork mode: one process, and at a reload a short time in which connections are refused.
module.exports = { apps: [{ ...apps[0], exec_mode: 'fork', instances: 1 }] };
