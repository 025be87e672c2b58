/** Addresses and networks of IP. Pure. */
import { isIPv4, isIPv6 } from 'node:net';

/** A network: its address, and how many bits of it are the network's. */
export interface Network {
  readonly address: bigint;
  readonly prefix: number;
  /** 32 or 128. */
  readonly bits: number;
}

/** Reads `10.0.0.0/8`; undefined when it is none. Bits of a host in it are taken as 0. */
export function parseNetwork(text: string): Network | undefined {
  const [written = '', length = '', extra] = text.split('/');
  const bits = isIPv4(written) ? 32 : isIPv6(written) && !written.includes('%') ? 128 : 0;
  const prefix = /^\d{1,3}$/.test(length) ? Number(length) : -1;
  if (bits === 0 || extra !== undefined || prefix < 0 || prefix > bits) {
    return undefined;
  }
  const hostBits = BigInt(bits - prefix);
  const address = bits === 32 ? parseIPv4(written) : parseIPv6(written);
  return { address: (address >> hostBits) << hostBits, prefix, bits };
}

function parseIPv4(text: string): bigint {
  return text.split('.').reduce((address, part) => (address << 8n) | BigInt(part), 0n);
}

function parseIPv6(text: string): bigint {
  const withoutDots = text.replace(/[\d.]+$/, (tail) => {
    if (!tail.includes('.')) {
      return tail;
    }
    const address = parseIPv4(tail);
    return `${(address >> 16n).toString(16)}:${(address & 0xffffn).toString(16)}`;
  });
  const [head = '', tail = ''] = withoutDots.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].reduce(
    (address, group) => (address << 16n) | BigInt(`0x${group}`),
    0n,
  );
}

/** Writes an address in its shortest form. */
export function formatAddress(address: bigint, bits: number): string {
  const groupBits = bits === 32 ? 8 : 16;
  const groups = Array.from({ length: bits / groupBits }, (_, index) => {
    const group =
      (address >> BigInt(bits - groupBits * (index + 1))) & ((1n << BigInt(groupBits)) - 1n);
    return group.toString(bits === 32 ? 10 : 16);
  });
  if (bits === 32) {
    return groups.join('.');
  }
  const zeros = longestZeros(groups);
  if (zeros.length < 2) {
    return groups.join(':');
  }
  const head = groups.slice(0, zeros.start).join(':');
  return `${head}::${groups.slice(zeros.start + zeros.length).join(':')}`;
}

function longestZeros(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === '0') {
      end++;
    }
    if (end - start > best.length) {
      best = { start, length: end - start };
    }
  }
  return best;
}
