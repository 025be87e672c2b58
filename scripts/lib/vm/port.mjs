// Owner of one serial port of a guest: a socket that QEMU writes what comes out of it to.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** @returns `{ arguments(number), opened, close }`; `opened` becomes the stream when QEMU has come. */
export async function openPort(name, folder) {
  const path = join(folder, name);
  const server = createServer();
  server.listen(path);
  await once(server, 'listening');
  return {
    arguments: (number) => [
      ...['-chardev', `socket,id=${name},path=${path}`],
      ...['-device', `virtserialport,nr=${number},chardev=${name}`],
    ],
    opened: once(server, 'connection').then(([stream]) => stream),
    close: () => server.close(),
  };
}
