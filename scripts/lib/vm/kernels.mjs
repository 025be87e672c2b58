// Pure: the kernels of the laboratory, and where Debian has them.

/**
 * Oldest first. `image` is what the package's name must match; the newest match is taken, so that a run has the fixes that
 * people have. The cloud flavour is the smaller one, but lacks the v1 memory controller in 6.12: a case of its own.
 */
export const kernels = [
  { version: '5.10', suite: 'bullseye', image: /^linux-image-5\.10\.0-\d+-cloud-amd64$/ },
  { version: '6.1', suite: 'bookworm', image: /^linux-image-6\.1\.0-\d+-amd64$/ },
  {
    version: '6.12',
    suite: 'bookworm-backports',
    image: /^linux-image-6\.12\.\d+\+deb12-cloud-amd64$/,
  },
];

export const suites = [...new Set(kernels.map(({ suite }) => suite))];

/** `6.1.0-9` before `6.1.0-49`: numbers count as numbers. */
export function newest(names) {
  const collator = new Intl.Collator('en', { numeric: true });
  return [...names].sort(collator.compare).at(-1);
}
