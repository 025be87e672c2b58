// Owner of nothing; asks the kernel which ports are free: gives every label of a network a port of this host.

import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { RawExecError } from '../errors.ts';
import type { Network } from '../job/job-model.ts';

/** One label with its address. */
export interface AssignedPort {
  readonly label: string;
  readonly hostIp: string;
  readonly hostPort: number;
  /** What the program listens on: the same, unless `to` says otherwise. */
  readonly port: number;
}

/** Where Nomad takes its dynamic ports from. */
const firstDynamicPort = 20_000;
const lastDynamicPort = 32_000;
const maxAttempts = 200;

/** Gives out ports; none twice. */
export interface PortPool {
  /** A free port of the host. */
  take(): Promise<number>;
  /** Keeps a port that the job names itself from being given out. @returns false when it is taken already */
  reserve(port: number): boolean;
  /** Whoever had it has ended. */
  release(port: number): void;
}

/** Ports of this host, each tried before it is given. Between that and the task's own listen() somebody may come first. */
export function hostPorts(): PortPool {
  const taken = new Set<number>();
  return {
    reserve: (port) => {
      const isFirst = !taken.has(port);
      taken.add(port);
      return isFirst;
    },
    release: (port) => void taken.delete(port),
    async take() {
      for (let attempt = 0; attempt < maxAttempts; attempt++) {
        const port = randomInt(firstDynamicPort, lastDynamicPort + 1);
        if (taken.has(port) || !(await isFree(port))) continue;
        taken.add(port);
        return port;
      }
      throw new RawExecError(
        'ERR_NO_FREE_PORT',
        `cannot find a free port: ${maxAttempts} of those from ${firstDynamicPort} to ${lastDynamicPort} were tried and are taken. ` +
          'Give the port by static, or end what listens there',
      );
    },
  };
}

/** Numbers of the right kind for a job that is only looked at: on a cluster the same port is there on each host. */
export function pretendedPorts(): PortPool {
  let next = firstDynamicPort;
  return { reserve: () => true, release: () => undefined, take: () => Promise.resolve(next++) };
}

/** @param hostIp the address that others reach this host by */
export async function assignPorts(
  networks: readonly Network[],
  hostIp: string,
  pool: PortPool,
): Promise<AssignedPort[]> {
  const assigned: AssignedPort[] = [];
  for (const { label, static: fixed, to } of networks.flatMap((network) => network.ports)) {
    const hostPort = fixed ?? (await pool.take());
    // Tasks are in the host's network: what they listen on is what others see. `to` has a meaning only for a namespace.
    const port = to === undefined || to <= 0 ? hostPort : to;
    assigned.push({ label, hostIp, hostPort, port });
  }
  return assigned;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port);
    await once(server, 'listening');
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE' || code === 'EACCES') return false;
    throw error;
  } finally {
    server.close();
  }
}
