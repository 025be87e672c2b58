// Owner of a look into files that execve(2) refused: what they are, and what they ask for. Never on a path that works.

import { closeSync, openSync, readSync } from 'node:fs';

/** Interpreter line of a script, see execve(2): the kernel reads 256 bytes. */
const scriptHeadBytes = 256;
const elfHeaderBytes = 64;
const elfClass32 = 1;
const elfDataBig = 2;
const segmentOfInterpreter = 3; // PT_INTERP
const longestPath = 4096;

/** e_machine of elf(5), by the names that people know. */
const machines: ReadonlyMap<number, string> = new Map([
  [2, 'sparc'],
  [3, 'x86 (32 bit)'],
  [8, 'mips'],
  [20, 'powerpc'],
  [21, 'powerpc64'],
  [22, 's390x'],
  [40, 'arm (32 bit)'],
  [62, 'x86-64'],
  [183, 'arm64'],
  [243, 'riscv'],
  [258, 'loongarch'],
]);

const ownMachines: ReadonlyMap<string, number> = new Map([
  ['arm', 40],
  ['arm64', 183],
  ['ia32', 3],
  ['loong64', 258],
  ['mips', 8],
  ['mipsel', 8],
  ['ppc64', 21],
  ['riscv64', 243],
  ['s390x', 22],
  ['x64', 62],
]);

/** What a file is, as far as its start tells. */
export type FileFormat =
  | {
      readonly kind: 'elf';
      readonly machine: string;
      readonly isForeign: boolean;
      readonly interpreter: string | undefined;
    }
  | { readonly kind: 'script'; readonly interpreter: string }
  | { readonly kind: 'empty' | 'windows' | 'macos' | 'unknown' };

/** @throws Error of node:fs when the file cannot be read */
export function readFileFormat(path: string): FileFormat {
  const fd = openSync(path, 'r');
  try {
    const head = readAt(fd, 0, scriptHeadBytes);
    if (head.length === 0) return { kind: 'empty' };
    if (head.toString('latin1', 0, 4) === '\x7fELF' && head.length >= elfHeaderBytes) {
      return readElf(fd, head);
    }
    if (head.toString('latin1', 0, 2) === '#!') return readScript(head);
    return { kind: kindByMagic(head) };
  } finally {
    closeSync(fd);
  }
}

/** The machine that this process runs on, as `FileFormat.machine` names it. */
export function ownMachineName(): string {
  return machines.get(ownMachines.get(process.arch) ?? 0) ?? process.arch;
}

function readAt(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(fd, buffer, 0, length, position));
}

/** Everything after `#!` up to the first blank, see execve(2). */
function readScript(head: Buffer): FileFormat {
  const line = head.toString('utf8', 2).split('\n', 1)[0] ?? '';
  // Only blanks and tabs are cut: a carriage return is part of the name, for the kernel too.
  const interpreter = line.replace(/^[ \t]+/, '').split(/[ \t]/, 1)[0] ?? '';
  return interpreter === '' ? { kind: 'unknown' } : { kind: 'script', interpreter };
}

function kindByMagic(head: Buffer): 'windows' | 'macos' | 'unknown' {
  if (head.toString('latin1', 0, 2) === 'MZ') return 'windows';
  const magic = head.toString('hex', 0, 4);
  return magic === 'cffaedfe' || magic === 'cafebabe' || magic === 'feedfacf' ? 'macos' : 'unknown';
}

/** Reads numbers in the byte order that the ELF header declares. */
interface ElfReader {
  readonly is32: boolean;
  short(bytes: Buffer, at: number): number;
  word(bytes: Buffer, at: number): number;
  /** Offsets and sizes: 4 or 8 bytes by class. */
  size(bytes: Buffer, at32: number, at64: number): number;
}

function elfReader(head: Buffer): ElfReader {
  const is32 = head[4] === elfClass32;
  const isBig = head[5] === elfDataBig;
  const word = (bytes: Buffer, at: number): number =>
    isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
  const long = (bytes: Buffer, at: number): number =>
    Number(isBig ? bytes.readBigUInt64BE(at) : bytes.readBigUInt64LE(at));
  return {
    is32,
    word,
    short: (bytes, at) => (isBig ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at)),
    size: (bytes, at32, at64) => (is32 ? word(bytes, at32) : long(bytes, at64)),
  };
}

function readElf(fd: number, head: Buffer): FileFormat {
  const reader = elfReader(head);
  const machine = reader.short(head, 18);
  const isOtherOrder =
    (head[5] === elfDataBig) !== (process.getBuiltinModule('node:os').endianness() === 'BE');
  const isForeign = machine !== ownMachines.get(process.arch) || isOtherOrder;
  return {
    kind: 'elf',
    machine: machines.get(machine) ?? `machine ${machine}`,
    isForeign,
    interpreter: readElfInterpreter(fd, head, reader),
  };
}

/** The program loader that the file names; undefined for static programs and for damaged files. */
function readElfInterpreter(fd: number, head: Buffer, reader: ElfReader): string | undefined {
  const tableAt = reader.size(head, 28, 32);
  const entryBytes = reader.short(head, reader.is32 ? 42 : 54);
  const entryCount = reader.short(head, reader.is32 ? 44 : 56);
  const leastBytes = reader.is32 ? 32 : 56;
  for (let index = 0; index < entryCount; index++) {
    const entry = readAt(fd, tableAt + index * entryBytes, leastBytes);
    if (entry.length < leastBytes) return undefined;
    if (reader.word(entry, 0) !== segmentOfInterpreter) continue;
    const length = Math.min(reader.size(entry, 16, 32), longestPath);
    return readAt(fd, reader.size(entry, 4, 8), length)
      .toString('utf8')
      .split('\0', 1)[0];
  }
  return undefined;
}
