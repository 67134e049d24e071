/**
 * server/ip-socket.ts - what the ip language needs of a connection to a server: a netlink socket for each of its wishes.
 */
import type { Connect } from 'hoptrie/ip';
import { asFailure } from '../failure.js';
import { Connection } from './connection.js';

/**
 * Opens sockets on the server at `path`. What was lost on the way is told as iproute2 tells it.
 * @throws {Failure} when a socket is opened: nobody serves there
 */
export function ipSockets(path: string, tell: (text: string) => void): Connect {
  return async ({ strict, groups }) => {
    const connection = await Connection.open(path).catch((error: unknown) => {
      throw asFailure(error, `cannot connect to ${path}`);
    });
    connection.setStrict(strict);
    connection.join(...groups);
    return {
      send: (datagram) => connection.send(datagram),
      receive: () => receive(connection, tell),
      sysctl: (name, value) => connection.setSysctl(name.replaceAll('.', '/'), value),
      close: () => connection.close(),
    };
  };
}

async function receive(connection: Connection, tell: (text: string) => void): Promise<Uint8Array | null> {
  for (;;) {
    const datagram = await connection.receive();
    if (datagram !== 'overrun') return datagram ?? null;
    tell('netlink receive error No buffer space available (105)\n');
  }
}
