// Worker: tinyexec.

import { measure } from './measure.ts';

interface Running extends PromiseLike<{ exitCode?: number; stdout: string }> {
  kill(signal: string): boolean;
}

type TinyExec = (file: string, args: readonly string[], options: object) => Running;

await measure(process.argv.slice(2), async (settings) => {
  const { x } = (await import(settings.library)) as { x: TinyExec };
  const { target, targetArgument, uid } = settings;
  const args = targetArgument === '' ? [] : [targetArgument];
  const isPipe = settings.mode === 'pipe';
  const nodeOptions = {
    stdio: isPipe ? ['ignore', 'pipe', 'ignore'] : 'ignore',
    ...(uid === undefined ? {} : { uid, gid: uid }),
  };
  return {
    start(seen) {
      x(target, args, { nodeOptions }).then(
        (result) => seen(result.exitCode ?? null, isPipe ? result.stdout.length : 0),
        (error: unknown) => {
          throw error;
        },
      );
    },
    startSleeper() {
      const child = x(settings.sleeper, [], { nodeOptions: { stdio: 'ignore' } });
      return () => child.kill('SIGKILL');
    },
  };
});
