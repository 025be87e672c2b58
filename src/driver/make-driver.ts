// Owner of what a driver is made of: its configuration and its host. Loaded when the first driver is made; the validator is
// among it.

import { ConfigError } from './config-error.ts';
import { checkHostOptions, checkKeys, type RawExecDriverOptions } from './driver-options.ts';
import { HostedDriver } from './hosted-driver.ts';
import { InProcessHost } from './in-process-host.ts';
import { KeeperHost } from './keeper-host.ts';
import { parsePluginConfig } from './plugin-config.ts';
import type { TaskHost } from './task-host.ts';

export function makeDriver(options: RawExecDriverOptions): HostedDriver {
  checkKeys(options, ['config', 'clientOptions', 'host', 'inProcess', 'keeper']);
  checkHostOptions(options);
  const { clientOptions = {}, config, host, inProcess, keeper } = options;
  const result = parsePluginConfig(config, { clientOptions });
  if (!result.ok) {
    const what = 'the configuration of the raw_exec driver cannot be used';
    throw new ConfigError('ERR_DRIVER_CONFIG', what, result.issues);
  }
  const ownHost = (): TaskHost =>
    keeper === undefined ? new InProcessHost(inProcess) : new KeeperHost(keeper);
  return new HostedDriver(result.config, result.warnings, host ?? ownHost());
}
