// Owner of what Nomad asks of any plugin of its own: who it is, which configuration it takes, and that it takes it. None of this has an
// effect outside of this process.

import { pluginBlock } from './config-schemas.ts';
import type { Handlers } from './grpc-services.ts';
import type { Plugin } from './plugin.ts';
import { type BasePlugin, PluginType } from './wire/base_pb.ts';

/** Of Nomad's driver interface. */
const apiVersions = ['v0.1.0'];

/**
 * Not that of the package: of two drivers of one name Nomad takes the one that is not lower, and its own is 0.1.0. A package of version
 * 0.1.1-beta would lose, and then our keys are refused.
 */
export const reportedVersion = '10.0.0';

export function baseHandlers(plugin: Plugin): Handlers<typeof BasePlugin> {
  return {
    pluginInfo: () => ({
      type: PluginType.DRIVER,
      pluginApiVersions: apiVersions,
      pluginVersion: reportedVersion,
      name: plugin.name,
    }),
    configSchema: () => ({ spec: pluginBlock }),
    setConfig: ({ msgpackConfig }) => {
      plugin.configure(msgpackConfig);
      return {};
    },
  };
}
