// Worker: node:child_process.

import { type SpawnOptions, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { measure } from './measure.ts';

await measure(process.argv.slice(2), (settings) => {
  const { target, targetArgument, uid, cgroup } = settings;
  const args = targetArgument === '' ? [] : [targetArgument];
  const options: SpawnOptions = {
    stdio: settings.mode === 'pipe' ? ['ignore', 'pipe', 'ignore'] : 'ignore',
    ...(uid === undefined ? {} : { uid, gid: uid }),
  };
  return {
    start(seen) {
      const child = spawn(target, args, options);
      // There is no option for it: the parent moves the child, which runs already.
      if (cgroup !== undefined) writeFileSync(`${cgroup}/cgroup.procs`, String(child.pid));
      let bytes = 0;
      child.stdout?.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      child.on(settings.mode === 'pipe' ? 'close' : 'exit', (code) => seen(code, bytes));
    },
    startSleeper() {
      const child = spawn(settings.sleeper, [], { stdio: 'ignore' });
      return () => child.kill('SIGKILL');
    },
  };
});
