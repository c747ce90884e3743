import net from 'node:net';
import tls from 'node:tls';

const READ_BYTES = 64 * 1024;

/**
 * A network connection that leaves no copy of what it has read.
 *
 * Node reads into a Buffer of its own and then moves the bytes into one that fits; what was moved stays behind in freed
 * memory, where the last key presses of a call were found. So the network reads into one Buffer of ours; each chunk is
 * copied out of it into a Buffer outside the shared pool, and the read Buffer is wiped. Wiping the chunk is up to its
 * reader. (Under TLS, OpenSSL keeps copies of its latest records until others overwrite them.)
 */
export function connectWiping(options: net.NetConnectOpts, secure: boolean): net.Socket {
  let socket: net.Socket | null = null;
  const onread: net.OnReadOpts = {
    buffer: Buffer.allocUnsafeSlow(READ_BYTES),
    callback: (length, buffer) => {
      const chunk = Buffer.allocUnsafeSlow(length);
      chunk.set(buffer.subarray(0, length));
      buffer.fill(0, 0, length);
      return socket?.push(chunk) ?? true;
    },
  };
  // `path` is the request's here, and would be taken for a Unix socket.
  const target = { ...options, path: undefined, onread };
  socket = secure ? tls.connect(withServerName(target)) : net.connect(target as unknown as net.TcpNetConnectOpts);
  return socket;
}

function withServerName(target: object): tls.ConnectionOptions {
  const options: tls.ConnectionOptions = target;
  return { ...options, servername: net.isIP(options.host ?? '') === 0 ? (options.host ?? '') : '' };
}
