// Pure: short ways to write down which keys a block has, for Nomad to decode it with.

import { create } from '@bufbuild/protobuf';
import { type Spec, SpecSchema } from './wire/hclspec_pb.ts';

type HclType = 'bool' | 'number' | 'string' | 'list(string)' | 'list(map(string))' | 'map(number)';

export type BlockKeys = Readonly<Record<string, (name: string) => Spec>>;

/** An attribute that may be left out: it is null then. */
export function attribute(type: HclType): (name: string) => Spec {
  return (name) => attributeOf(name, type, false);
}

export function requiredAttribute(type: HclType): (name: string) => Spec {
  return (name) => attributeOf(name, type, true);
}

/** @param literal - an HCL expression */
export function attributeWithDefault(type: HclType, literal: string): (name: string) => Spec {
  return (name) =>
    create(SpecSchema, {
      block: {
        case: 'default',
        value: {
          primary: attributeOf(name, type, false),
          default: { block: { case: 'literal', value: { value: literal } } },
        },
      },
    });
}

/** A block that stands there once, or not at all. */
export function block(keys: BlockKeys): (name: string) => Spec {
  return (name) =>
    create(SpecSchema, {
      block: { case: 'blockValue', value: { name, required: false, nested: object(keys) } },
    });
}

/** Any number of blocks, in their order. */
export function blocks(keys: BlockKeys): (name: string) => Spec {
  return (name) =>
    create(SpecSchema, { block: { case: 'blockList', value: { name, nested: object(keys) } } });
}

export function object(keys: BlockKeys): Spec {
  const attributes = Object.fromEntries(
    Object.entries(keys).map(([name, specOf]) => [name, specOf(name)]),
  );
  return create(SpecSchema, { block: { case: 'object', value: { attributes } } });
}

function attributeOf(name: string, type: HclType, required: boolean): Spec {
  return create(SpecSchema, { block: { case: 'Attr', value: { name, type, required } } });
}
