// Worker: execa.

import { measure } from './measure.ts';

interface Subprocess extends Promise<{ exitCode?: number; stdout?: Uint8Array }> {
  kill(signal: string): boolean;
}

type Execa = (file: string, args: readonly string[], options: object) => Subprocess;

await measure(process.argv.slice(2), async (settings) => {
  const { execa } = (await import(settings.library)) as { execa: Execa };
  const { target, targetArgument, uid } = settings;
  const args = targetArgument === '' ? [] : [targetArgument];
  const isPipe = settings.mode === 'pipe';
  const options = {
    stdio: isPipe ? ['ignore', 'pipe', 'ignore'] : 'ignore',
    cleanup: false,
    reject: false,
    encoding: 'buffer',
    stripFinalNewline: false,
    ...(uid === undefined ? {} : { uid, gid: uid }),
  };
  return {
    start(seen) {
      void execa(target, args, options).then((result) => {
        seen(result.exitCode ?? null, isPipe ? (result.stdout?.length ?? 0) : 0);
      });
    },
    startSleeper() {
      const child = execa(settings.sleeper, [], { stdio: 'ignore', reject: false, cleanup: false });
      return () => child.kill('SIGKILL');
    },
  };
});
