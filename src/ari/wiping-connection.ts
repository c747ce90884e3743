import net from 'node:net';
import tls from 'node:tls';

/**
 * A network connection that leaves no copy of what it has read.
 *
 * Node reads into a Buffer of its own and then moves the bytes into one that fits; what was moved stays behind in freed
 * memory, where the last key presses of a call were found. So the network reads into one Buffer of ours, `onBytes` is given a view
 * of it that is valid during the call, and then it is wiped. (Under TLS, OpenSSL keeps copies of its latest records until others
 * overwrite them.)
 */
export function connectWiping(
  options: net.NetConnectOpts,
  secure: boolean,
  readBytes: number,
  onBytes: (bytes: Buffer, socket: net.Socket) => boolean,
): net.Socket {
  let socket: net.Socket | null = null;
  const onread: net.OnReadOpts = {
    buffer: Buffer.allocUnsafeSlow(readBytes),
    callback: (length, buffer) => {
      const bytes = (buffer as Buffer).subarray(0, length);
      const goesOn = socket === null || onBytes(bytes, socket);
      bytes.fill(0);
      return goesOn;
    },
  };
  // `path` is the request's here, and would be taken for a Unix socket.
  const target = { ...options, path: undefined, noDelay: true, onread };
  socket = secure ? tls.connect(withServerName(target)) : net.connect(target as unknown as net.TcpNetConnectOpts);
  return socket;
}

function withServerName(target: object): tls.ConnectionOptions {
  const options: tls.ConnectionOptions = target;
  return { ...options, servername: net.isIP(options.host ?? '') === 0 ? (options.host ?? '') : '' };
}
