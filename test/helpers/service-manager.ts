// Owner of the socket on which a service manager is told of its services, see sd_notify(3); it goes with the test. Node has no
// datagrams on unix sockets.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { cleanUp } from './clean-up.ts';
import { eventually } from './eventually.ts';

const program = `
import json, socket, sys
name = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind('\\0' + name[1:] if name[0] == '@' else name)
print(json.dumps('bound'), flush=True)
sys.stdin.readline()
while True: print(json.dumps(s.recv(4096).decode()), flush=True)
`;

export interface TestServiceManager {
  /** All that it was told, in order. */
  readonly told: readonly string[];
  /** It reads nothing before. */
  read(): void;
}

/** @param name a path, or an abstract name that begins with `@` */
export async function testServiceManager(
  t: TestContext,
  name: string,
): Promise<TestServiceManager> {
  const python = spawn('python3', ['-c', program, name], { stdio: ['pipe', 'pipe', 'inherit'] });
  const told: string[] = [];
  createInterface(python.stdout).on('line', (line) => told.push(JSON.parse(line) as string));
  const ended = once(python, 'close');
  cleanUp(t, () => {
    python.kill('SIGKILL');
    return ended;
  });
  await eventually('it listens', () => told.shift() === 'bound' || undefined);
  return { told, read: () => void python.stdin.write('\n') };
}
