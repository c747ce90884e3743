import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** Both ends included. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

const ATTEMPTS = 50;
/** Where blocks of RTP ports are looked for: below the range from which Linux hands out ports by itself (32768). */
const BLOCKS_FROM = 20_000;
const BLOCKS_TO = 32_000;

/** Takes the port for a moment. Resolves with the port, or null when somebody else has it. */
function bindTcp(host: string, port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(null);
    });
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : null);
      });
    });
  });
}

function bindUdp(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.close(() => {
        resolve(true);
      });
    });
  });
}

/** Whether nobody holds the port, for TCP and, if asked, for UDP. */
export async function isFree(host: string, port: number, withUdp: boolean): Promise<boolean> {
  if ((await bindTcp(host, port)) === null) return false;
  return !withUdp || (await bindUdp(host, port));
}

/** A port that is free now, for TCP and, if asked, for UDP. Another process may still take it before its user does. */
export async function freePort(host: string, withUdp: boolean): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = await bindTcp(host, 0);
    if (port !== null && (!withUdp || (await bindUdp(host, port)))) return port;
  }
  throw new Error(`no free port was found on ${host}`);
}

/**
 * A block of RTP ports of which some at either end are free now. Random, so that several started at once rarely meet; where
 * they do, Asterisk takes the next free port of its block.
 */
export async function freeRtpBlock(host: string, size: number, random: () => number): Promise<PortRange> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const from = BLOCKS_FROM + 2 * Math.floor((random() * (BLOCKS_TO - BLOCKS_FROM - size)) / 2);
    const range = { from, to: from + size - 1 };
    const probes = await Promise.all([from, from + 1, range.to].map((port) => bindUdp(host, port)));
    if (probes.every(Boolean)) return range;
  }
  throw new Error(`no block of ${String(size)} free RTP ports was found on ${host}`);
}
