// Pure: the MessagePack in which Nomad hands over a decoded block.

import { decode } from '@msgpack/msgpack';
import { messageOf } from '../message-of.ts';

export type CtyResult =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly problem: string };

/**
 * An object with the attributes that were given: Nomad sends all of the schema, those that were not given as null. Nothing at all is an
 * empty block.
 */
export function decodeBlock(bytes: Uint8Array): CtyResult {
  if (bytes.length === 0) return { ok: true, value: {} };
  let value: unknown;
  try {
    value = decode(bytes, { useBigInt64: true });
  } catch (error) {
    return { ok: false, problem: `${bytes.length} bytes are no MessagePack: ${messageOf(error)}` };
  }
  const plain = withoutNulls(value);
  if (plain === undefined) return { ok: true, value: {} };
  if (typeof plain !== 'object' || Array.isArray(plain)) {
    return { ok: false, problem: 'a map of attributes was expected' };
  }
  return { ok: true, value: plain as Readonly<Record<string, unknown>> };
}

/** Undefined for null. Whole numbers that JavaScript can tell apart become numbers. */
function withoutNulls(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value instanceof Uint8Array) return value;
  const entries = Object.entries(value).map(
    ([name, entry]) => [name, withoutNulls(entry)] as const,
  );
  return Object.fromEntries(entries.filter(([, entry]) => entry !== undefined));
}
