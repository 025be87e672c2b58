// Owner of the ports that allocations have: one may have those of another that it stands for, which is about to end.

import { hostPorts, type PortPool } from '../port-assignment.ts';
import type { AllocationRecord } from '../state/records.ts';

export class HeldPorts {
  readonly pool: PortPool = hostPorts();
  readonly #reserved: ReadonlySet<number>;
  /** How many allocations have each port: one, or two while one waits for the end of the other. */
  readonly #holders = new Map<number, number>();

  /** @param reserved ports that no allocation gets */
  constructor(reserved: readonly number[]) {
    this.#reserved = new Set(reserved);
    for (const port of reserved) this.pool.reserve(port);
  }

  hold(record: AllocationRecord): void {
    for (const port of portsOf(record)) {
      this.pool.reserve(port);
      this.#holders.set(port, (this.#holders.get(port) ?? 0) + 1);
    }
  }

  /** A port that one has handed on to another is free when both have ended. */
  release(record: AllocationRecord): void {
    for (const port of portsOf(record)) {
      const others = (this.#holders.get(port) ?? 1) - 1;
      if (others > 0) this.#holders.set(port, others);
      else {
        this.#holders.delete(port);
        if (!this.#reserved.has(port)) this.pool.release(port);
      }
    }
  }
}

export function portsOf({ ports, taskPorts }: AllocationRecord): number[] {
  return [...ports, ...Object.values(taskPorts).flat()].map(({ hostPort }) => hostPort);
}

export function portTaken(port: number): string {
  return `port ${port} of this host is taken by another allocation, or is none of jobs (reserved_ports)`;
}
