// Worker: Bun.spawn, run by Bun.

import { measure } from './measure.ts';

interface BunProcess {
  readonly stdout: AsyncIterable<Uint8Array>;
  readonly exited: Promise<number>;
  kill(signal: string): void;
}

interface BunOptions {
  readonly stdio: readonly string[];
  readonly onExit?: (process: BunProcess, code: number | null) => void;
}

declare const Bun: { spawn(command: readonly string[], options: BunOptions): BunProcess };

async function readAll(child: BunProcess): Promise<[number, number]> {
  let bytes = 0;
  for await (const chunk of child.stdout) bytes += chunk.length;
  return [await child.exited, bytes];
}

await measure(process.argv.slice(2), (settings) => {
  const { target, targetArgument, mode } = settings;
  const command = targetArgument === '' ? [target] : [target, targetArgument];
  const ignored = ['ignore', 'ignore', 'ignore'];
  return {
    start(seen) {
      if (mode !== 'pipe') {
        Bun.spawn(command, { stdio: ignored, onExit: (_, code) => seen(code, 0) });
        return;
      }
      const child = Bun.spawn(command, { stdio: ['ignore', 'pipe', 'ignore'] });
      void readAll(child).then(([code, bytes]) => seen(code, bytes));
    },
    startSleeper() {
      const child = Bun.spawn([settings.sleeper], { stdio: ignored });
      return () => child.kill('SIGKILL');
    },
  };
});
