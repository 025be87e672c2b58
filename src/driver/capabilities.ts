// Pure: what the driver can do, in the words of Nomad's drivers.

import type { TaskHostCapabilities } from './task-host.ts';

/** What a scheduler may ask of this driver. */
export interface DriverCapabilities {
  readonly sendSignals: true;
  readonly exec: true;
  readonly fsIsolation: 'none';
  readonly networkIsolationModes: readonly ('host' | 'group')[];
  readonly mountConfigs: 'none';
  /** Whether `recoverTask` can give a task back that an earlier process started. */
  readonly recover: boolean;
  /** Whether tasks go on when this process ends. */
  readonly outlivesSupervisor: boolean;
}

export function driverCapabilities(host: TaskHostCapabilities): DriverCapabilities {
  return {
    sendSignals: true,
    exec: true,
    fsIsolation: 'none',
    networkIsolationModes: ['host', 'group'],
    mountConfigs: 'none',
    recover: host.canAdopt,
    outlivesSupervisor: host.outlivesSupervisor,
  };
}
