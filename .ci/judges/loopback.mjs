// Clients know the addresses of the real exchange, and fall back to them for whatever is not
// overridden. Importing this keeps every connection of the process on this machine, and
// notes who tried to leave.
import net from 'node:net';

export const outside = [];

for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy']) {
  delete process.env[name];
  delete process.env[name.toUpperCase()];
}

const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function (...args) {
  const first = Array.isArray(args[0]) ? args[0][0] : args[0];
  const to = typeof first === 'object' ? first : { port: first, host: typeof args[1] === 'string' ? args[1] : undefined };
  if (to.host === '127.0.0.1' && !to.path) return connect.apply(this, args);
  outside.push(`${to.host ?? to.path ?? 'localhost'}:${to.port ?? ''}`);
  process.nextTick(() => this.destroy(new Error(`${outside.at(-1)} is not this machine`)));
  return this;
};
