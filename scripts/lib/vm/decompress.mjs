// Owner of unpacking kernels and modules: which packer made the bytes is seen in their first ones.

import { spawnSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';

const packers = [
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], command: ['xz', '--single-stream', '-dc'] },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], command: ['zstd', '-dcq'] },
  { magic: [0x02, 0x21, 0x4c, 0x18], command: ['lz4', '-dc'] },
];
const gzipMagic = [0x1f, 0x8b];

const startsWith = (bytes, magic) => magic.every((byte, index) => bytes[index] === byte);

/** What lies behind the packed bytes is ignored: a kernel's image has its size there. */
export function decompress(bytes) {
  if (startsWith(bytes, gzipMagic)) return gunzipSync(bytes);
  const packer = packers.find(({ magic }) => startsWith(bytes, magic));
  if (packer === undefined) return bytes;
  const [command, ...args] = packer.command;
  const result = spawnSync(command, args, { input: bytes, maxBuffer: 2 ** 30 });
  if (result.error !== undefined) {
    throw new Error(`cannot run ${command}: ${result.error.message}. apt-get install ${command}`);
  }
  // zstd complains of the size behind its data with code 1, after all of the data.
  if (result.stdout.length === 0) throw new Error(`${command}: ${result.stderr}`);
  return result.stdout;
}
