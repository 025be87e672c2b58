// Owner of build/vm/kernels: each kernel fetched once, unpacked (never installed), and made ready to be started.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { filesUnder, fingerprint } from '../fingerprint.mjs';
import { inRoot } from '../paths.mjs';
import { runCommand } from '../run-command.mjs';
import { cpio } from './cpio.mjs';
import { decompress } from './decompress.mjs';
import { kernelElf } from './kernel-elf.mjs';
import { download } from './private-apt.mjs';

const initScript = 'test/vm/guest/init.sh';

/** In the order of loading. Depending on the kernel each is built in, a file, or absent. */
const modules = [
  'virtio',
  'virtio_ring',
  'virtio_pci_modern_dev',
  'virtio_pci_legacy_dev',
  'virtio_pci',
  'virtio_console',
  // netfs and fscache have changed places between versions; the guest tries a second time what fails.
  'netfs',
  'fscache',
  '9pnet',
  '9pnet_virtio',
  '9p',
  'fuse',
  'virtiofs',
  'overlay',
];

const folderOf = ({ version }) => inRoot('build/vm/kernels', version);
const unpackedFolder = (kernel) => join(folderOf(kernel), 'unpacked');

/** The files that QEMU is given. */
export const kernelPath = (kernel) => join(folderOf(kernel), 'kernel.elf');
export const initramfsPath = (kernel) => join(folderOf(kernel), 'initramfs.gz');

export const isFetched = (kernel) => existsSync(join(folderOf(kernel), 'fetched'));

export async function fetchKernel(kernel) {
  const folder = folderOf(kernel);
  rmSync(folder, { recursive: true, force: true });
  const file = await download(kernel.image, folder);
  await runCommand('dpkg', ['-x', file, unpackedFolder(kernel)], { quiet: true });
  rmSync(file);
  writeFileSync(join(folder, 'fetched'), '');
}

/** How the guest sees the host's files: cloud kernels have no 9p in some releases, then it is virtiofs. */
export function shareKind(kernel) {
  const has9p = readdirSync(unpackedFolder(kernel), { recursive: true }).some((path) =>
    /\/9p\.ko/.test(path),
  );
  return has9p ? '9p' : 'virtiofs';
}

async function moduleFiles(kernel) {
  const paths = readdirSync(unpackedFolder(kernel), { recursive: true }).filter((path) =>
    /\/kernel\/.*\.ko(\.xz|\.zst)?$/.test(path),
  );
  const scratch = mkdtempSync(join(tmpdir(), 'raw-exec-vm-modules-'));
  const found = [];
  for (const name of modules) {
    const path = paths.find((candidate) => candidate.split('/').at(-1)?.split('.')[0] === name);
    if (path === undefined) continue;
    const file = join(scratch, `${name}.ko`);
    writeFileSync(file, decompress(readFileSync(join(unpackedFolder(kernel), path))));
    // The signature goes too, and with it a check that takes long under emulation.
    await runCommand('strip', ['--strip-debug', file], { quiet: true });
    found.push([`modules/${name}.ko`, readFileSync(file)]);
  }
  rmSync(scratch, { recursive: true });
  const order = found.map(([path]) => path.replace(/^modules\/|\.ko$/g, '')).join('\n');
  return [...found, ['modules/order', `${order}\n`]];
}

/** Makes what QEMU starts, again only when what it is made of has changed. */
export async function makeBootFiles(kernel, busybox) {
  const stamp = join(folderOf(kernel), 'boot-files');
  const wanted = fingerprint(filesUnder(['scripts/lib/vm', initScript]));
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const boot = join(unpackedFolder(kernel), 'boot');
  const image = readdirSync(boot).find((name) => name.startsWith('vmlinuz-'));
  if (image === undefined) throw new Error(`no kernel in ${boot}; remove it, and run again`);
  writeFileSync(kernelPath(kernel), kernelElf(readFileSync(join(boot, image))));
  const files = [
    ['init', readFileSync(inRoot(initScript))],
    ['bin/busybox', readFileSync(busybox)],
    ...(await moduleFiles(kernel)),
  ];
  const archive = cpio(
    files.concat(['proc', 'sys', 'dev', 'low', 'rw', 'sysroot'].map(emptyFolder)),
  );
  writeFileSync(initramfsPath(kernel), gzipSync(archive, { level: 1 }));
  writeFileSync(stamp, wanted);
}

/** A folder comes into the archive with a file in it. */
const emptyFolder = (name) => [`${name}/.keep`, ''];
