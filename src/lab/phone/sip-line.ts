import { createSocket } from 'node:dgram';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { firstOfStream } from './sip-message';

/** What SIP messages travel over, towards one server. */
export interface SipLine {
  readonly transport: 'UDP' | 'TLS';
  readonly address: string;
  readonly port: number;
  /** `to` is used by UDP only: a TLS line leads to one place. */
  send(text: string, to: HostPort): void;
  onMessage(listener: (text: string, from: HostPort) => void): void;
  close(): void;
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** A UDP socket on an address of this machine, by default 127.0.0.1, on any free port. */
export async function udpLine(address = '127.0.0.1'): Promise<SipLine> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, address, resolve);
  });
  return {
    transport: 'UDP',
    address,
    port: socket.address().port,
    send: (text, to) => {
      socket.send(text, to.port, to.host);
    },
    onMessage: (listener) => {
      socket.on('message', (bytes, from) => {
        listener(bytes.toString('utf8'), { host: from.address, port: from.port });
      });
    },
    close: () => {
      socket.close();
    },
  };
}

/** A TLS connection to `server`, from an address of this machine. `ca`: the certificate that the server must show, as PEM. */
export async function tlsLine(server: HostPort, ca: string, address = '127.0.0.1'): Promise<SipLine> {
  const tcp = connectTcp({ ...server, localAddress: address });
  const socket = connectTls({ socket: tcp, host: server.host, ca });
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
    tcp.once('error', reject);
  });
  socket.on('error', () => undefined);
  let pending = Buffer.alloc(0);
  return {
    transport: 'TLS',
    address,
    port: tcp.localPort ?? 0,
    send: (text) => {
      socket.write(text);
    },
    onMessage: (listener) => {
      socket.on('data', (bytes: Buffer) => {
        pending = Buffer.concat([pending, bytes]);
        for (let next = firstOfStream(pending); next !== null; next = firstOfStream(pending)) {
          pending = Buffer.from(next.rest);
          listener(next.text, server);
        }
      });
    },
    close: () => {
      socket.destroy();
    },
  };
}
