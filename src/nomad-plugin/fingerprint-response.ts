// Pure: a fingerprint of the driver as Nomad's client takes it.

import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Fingerprint } from '../driver/fingerprint.ts';
import {
  type FingerprintResponseSchema,
  FingerprintResponse_HealthState as Health,
} from './wire/driver_pb.ts';

const ownPrefix = 'driver.raw_exec';

const healths = {
  undetected: Health.UNDETECTED,
  unhealthy: Health.UNHEALTHY,
  healthy: Health.HEALTHY,
} as const;

/** Attributes are `driver.NAME` and below: jobs find a driver by them. */
export function fingerprintResponse(
  name: string,
  { attributes, health, healthDescription }: Fingerprint,
): MessageInitShape<typeof FingerprintResponseSchema> {
  const entries = Object.entries(attributes).map(([key, text]) => {
    const named = key.startsWith(ownPrefix) ? `driver.${name}${key.slice(ownPrefix.length)}` : key;
    const value =
      key === ownPrefix
        ? ({ case: 'boolVal', value: text === '1' } as const)
        : ({ case: 'stringVal', value: text } as const);
    return [named, { value }] as const;
  });
  return {
    attributes: Object.fromEntries(entries),
    health: healths[health],
    healthDescription,
  };
}
