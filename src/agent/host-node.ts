// Owner of nothing; asks the system: this host as job files know it, `${node.unique.name}` and `${attr.cpu.arch}`.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  arch,
  availableParallelism,
  hostname,
  networkInterfaces,
  release,
  totalmem,
} from 'node:os';

/** Facts of the host by the names that job files use. */
export type NodeFacts = Readonly<Record<string, string>>;

/** Node's names for machines, and Go's, which job files use. */
const goArchitectures: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  arm64: 'arm64',
  arm: 'arm',
  s390x: 's390x',
  ppc64: 'ppc64le',
  riscv64: 'riscv64',
};

/** The address that others reach this host by: the first that is not its own loopback. */
export function hostAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const external = addresses.find((address) => !address.internal && address.family === 'IPv4');
  return external?.address ?? '127.0.0.1';
}

export interface NodeOptions {
  readonly datacenter: string;
  readonly region: string;
  readonly hostIp: string;
}

/** Everything that a job may ask about this host. */
export function nodeFacts({ datacenter, region, hostIp }: NodeOptions): NodeFacts {
  const name = hostname();
  const os = readOsRelease();
  return {
    'node.unique.id': nodeId(name),
    'node.unique.name': name,
    'node.datacenter': datacenter,
    'node.region': region,
    'node.class': '',
    'node.pool': 'default',
    'attr.kernel.name': 'linux',
    'attr.kernel.version': release(),
    'attr.kernel.arch': kernelArchitecture(),
    'attr.cpu.arch': goArchitectures[arch()] ?? arch(),
    'attr.cpu.numcores': String(availableParallelism()),
    'attr.memory.totalbytes': String(totalmem()),
    'attr.os.name': os.get('ID') ?? 'linux',
    'attr.os.version': os.get('VERSION_ID') ?? '',
    'attr.unique.hostname': name,
    'attr.unique.network.ip-address': hostIp,
    'attr.driver.raw_exec': '1',
  };
}

function kernelArchitecture(): string {
  const names: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64', ia32: 'i686' };
  return names[arch()] ?? arch();
}

/** The same at every run on this host, and no one else's: the machine's id itself is not for publication, see machine-id(5). */
function nodeId(name: string): string {
  const seed = readIfPresent('/etc/machine-id') ?? name;
  const digest = createHash('sha256').update(`raw-exec node ${seed.trim()}`).digest('hex');
  const parts = [digest.slice(0, 8), digest.slice(8, 12), `4${digest.slice(13, 16)}`];
  return [...parts, `8${digest.slice(17, 20)}`, digest.slice(20, 32)].join('-');
}

function readOsRelease(): ReadonlyMap<string, string> {
  const text = readIfPresent('/etc/os-release') ?? '';
  const pairs = text.split('\n').flatMap((line) => {
    const [, key, value] = /^([A-Z_]+)="?([^"]*)"?$/.exec(line.trim()) ?? [];
    return key === undefined || value === undefined ? [] : [[key, value] as const];
  });
  return new Map(pairs);
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'EACCES') return undefined;
    throw error;
  }
}
