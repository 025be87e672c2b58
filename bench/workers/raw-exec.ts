// Worker: raw-exec.

import { type SpawnOptions, spawn } from 'raw-exec';
import { measure } from './measure.ts';
import type { Settings } from './settings.ts';

function cgroupOption({ cgroup, cgroupVersion }: Settings): Pick<SpawnOptions, 'cgroup'> {
  if (cgroup === undefined) return {};
  return { cgroup: cgroupVersion === 1 ? { v1: { pids: cgroup } } : cgroup };
}

await measure(process.argv.slice(2), (settings) => {
  const { target, targetArgument, uid } = settings;
  const args = targetArgument === '' ? [] : [targetArgument];
  const options: SpawnOptions = {
    stdio: settings.mode === 'pipe' ? ['ignore', 'pipe', 'ignore'] : 'ignore',
    ...(uid === undefined ? {} : { user: uid, group: uid }),
    ...cgroupOption(settings),
  };
  return {
    start(seen) {
      const child = spawn(target, args, options);
      if (settings.mode !== 'pipe') {
        child.on('exit', (status) => seen(status.code, 0));
        return;
      }
      let bytes = 0;
      let parts = 2;
      let code: number | null = null;
      const part = (): void => {
        parts -= 1;
        if (parts === 0) seen(code, bytes);
      };
      child.stdout?.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      child.stdout?.on('end', part);
      child.on('exit', (status) => {
        code = status.code;
        part();
      });
    },
    startVictim(told) {
      const child = spawn(settings.sleeper, [], options);
      child.on('exit', told);
      return child.pid;
    },
    startSleeper() {
      const child = spawn(settings.sleeper, [], { stdio: 'ignore' });
      return () => child.kill('SIGKILL');
    },
  };
});
