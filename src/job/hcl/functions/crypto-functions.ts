/** Digests and identifiers. `uuidv4` draws random numbers; the others are pure. */
import { createHash, randomUUID } from 'node:crypto';
import type { Value } from '../value.ts';
import { textOf } from './arguments.ts';
import { FunctionFault, type FunctionTable, type HclFunction } from './hcl-function.ts';

/** By name. */
export const cryptoFunctions: FunctionTable = {
  md5: digest('md5'),
  sha1: digest('sha1'),
  sha256: digest('sha256'),
  sha512: digest('sha512'),
  uuidv4: { parameters: [], call: () => randomUUID() },
  uuidv5: { parameters: ['namespace', 'name'], call: nameUuid },
};

function digest(algorithm: string): HclFunction {
  return {
    parameters: ['text'],
    call: (args) => createHash(algorithm).update(textOf(args, 0), 'utf8').digest('hex'),
  };
}

/** The namespaces that have names (RFC 9562, section 6.6). */
const namespaces: Readonly<Record<string, string>> = {
  dns: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
  url: '6ba7b811-9dad-11d1-80b4-00c04fd430c8',
  oid: '6ba7b812-9dad-11d1-80b4-00c04fd430c8',
  x500: '6ba7b814-9dad-11d1-80b4-00c04fd430c8',
};

function nameUuid(args: readonly Value[]): string {
  const written = textOf(args, 0);
  const namespace = namespaces[written] ?? written;
  const hex = namespace.replaceAll('-', '');
  if (!/^[0-9a-fA-F]{32}$/.test(hex)) {
    throw new FunctionFault('the namespace must be dns, url, oid, x500 or a UUID', 0);
  }
  const bytes = createHash('sha1')
    .update(Buffer.from(hex, 'hex'))
    .update(textOf(args, 1), 'utf8')
    .digest()
    .subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
