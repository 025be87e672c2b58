// Pure: what Nomad keeps for a task and gives back when it is to be recovered. The keeper knows the rest.

/** The second field is the version. */
const magic = 'raw-exec';
const version = 1;

/** Of Nomad's TaskHandle. */
export const handleVersion = 1;

export type ReadState =
  | { readonly kind: 'ours' }
  | { readonly kind: 'later'; readonly version: number }
  | { readonly kind: 'foreign' };

export function formatTaskState(): Uint8Array {
  return Buffer.from(JSON.stringify([magic, version]));
}

/** Whatever another driver has kept, its own after a swap for example, is foreign. */
export function readTaskState(bytes: Uint8Array): ReadState {
  let state: unknown;
  try {
    state = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: 'foreign' };
    throw error;
  }
  if (!Array.isArray(state) || state[0] !== magic) return { kind: 'foreign' };
  const given: unknown = state[1];
  if (given === version) return { kind: 'ours' };
  return typeof given === 'number' ? { kind: 'later', version: given } : { kind: 'foreign' };
}
