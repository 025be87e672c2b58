// Pure: the ELF kernel inside a bzImage. QEMU starts it by PVH, and the guest need not unpack it: under emulation that alone
// takes three seconds. Offsets: Documentation/arch/x86/boot.rst.

import { decompress } from './decompress.mjs';

const setupSectors = 0x1f1;
const payloadOffset = 0x248;
const payloadLength = 0x24c;
const sectorBytes = 512;
const elfMagic = 0x464c457f;

export function kernelElf(image) {
  const start =
    (image.readUInt8(setupSectors) + 1) * sectorBytes + image.readUInt32LE(payloadOffset);
  const end = start + image.readUInt32LE(payloadLength);
  // The last four bytes say how much it is when unpacked.
  const size = image.readUInt32LE(end - 4);
  const elf = decompress(image.subarray(start, end));
  if (elf.length !== size || elf.readUInt32LE(0) !== elfMagic) {
    throw new Error(`the kernel's image holds no ELF of ${size} bytes; unpacked: ${elf.length}`);
  }
  return elf;
}
