// Pure: a cpio archive of the "newc" kind, which is what a kernel unpacks at its start.
// Documentation/driver-api/early-userspace/buffer-format.rst

const directoryMode = 0o40755;
const fileMode = 0o100755;
const trailer = 'TRAILER!!!';

const padded = (bytes) => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);

function entry({ name, mode, data, inode }) {
  const nameBytes = Buffer.from(`${name}\0`);
  // inode, mode, uid, gid, links, mtime, size, two device numbers, two more of special files, name's length, checksum.
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, nameBytes.length, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), nameBytes])), padded(data)]);
}

/** @param files pairs of path and content; folders are made for them. */
export function cpio(files) {
  const folders = new Set();
  for (const [path] of files) {
    const parts = path.split('/');
    for (let length = 1; length < parts.length; length += 1) {
      folders.add(parts.slice(0, length).join('/'));
    }
  }
  const entries = [
    ...[...folders].map((name) => ({ name, mode: directoryMode, data: Buffer.alloc(0) })),
    ...files.map(([name, data]) => ({ name, mode: fileMode, data: Buffer.from(data) })),
    { name: trailer, mode: 0, data: Buffer.alloc(0) },
  ];
  return Buffer.concat(entries.map((item, index) => entry({ ...item, inode: index + 1 })));
}
