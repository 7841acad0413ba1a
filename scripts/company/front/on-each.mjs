import Module from 'node:module';

/**
 * Calls `put` with everything that the function makes which a CommonJS module exports, called or with `new`, each time
 * that the module is loaded.
 *
 * @param {string} filename
 * @param {(made: object) => void} put
 */
export function onEach(filename, put) {
  const load = Module._extensions['.js'];
  Module._extensions['.js'] = (module, path) => {
    load(module, path);
    if (path === filename) module.exports = watched(module.exports, put);
  };
}

function watched(factory, put) {
  const make = (args) => {
    const made = factory(...args);
    put(made);
    return made;
  };
  return new Proxy(factory, {
    apply: (_target, _this, args) => make(args),
    construct: (_target, args) => make(args),
    // It is exported as its own properties, too: `default` and its name.
    get: (target, key, proxy) => (target[key] === target ? proxy : target[key]),
  });
}
